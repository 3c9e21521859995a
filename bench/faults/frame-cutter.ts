/**
 * A TCP proxy that counts WebSocket frames and ends a connection after the n-th one of a direction. It must not know what
 * is in a frame. A cut leaves the two ends with what went through before it: whole frames, or half of one more.
 *
 * A connection is counted from its first frame behind the HTTP upgrade; an armed cut applies to the next connection.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Cut {
  /** Whose frames are counted. */
  from: "client" | "broker";
  /** This many go through. */
  frames: number;
  /** Half of the frame after them goes through too. */
  isTorn: boolean;
}

const HEAD_END = "\r\n\r\n";

/** Finds the ends of frames in the bytes of one direction, however they are cut into chunks. */
class FrameEnds {
  #head = "";
  #isUpgraded = false;
  #header = Buffer.alloc(0);
  #payloadLeft = 0;

  /** Positions in this chunk behind which a frame has ended, rising. */
  feed(chunk: Buffer): number[] {
    let at = 0;
    if (!this.#isUpgraded) {
      const before = this.#head.length;
      this.#head += chunk.toString("latin1");
      const end = this.#head.indexOf(HEAD_END);
      if (end === -1) return [];
      this.#isUpgraded = true;
      at = end + HEAD_END.length - before;
    }
    const ends: number[] = [];
    while (at < chunk.length) {
      if (this.#payloadLeft === 0) {
        this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + 1)]);
        at++;
        const length = readLength(this.#header);
        if (length === undefined) continue;
        this.#header = Buffer.alloc(0);
        this.#payloadLeft = length;
      } else {
        const taken = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= taken;
        at += taken;
      }
      if (this.#payloadLeft === 0) ends.push(at);
    }
    return ends;
  }
}

/** Bytes that follow this header, mask not counted; undefined while the header is not complete (RFC 6455, 5.2). */
function readLength(header: Buffer): number | undefined {
  const second = header[1];
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const mask = (second & 0x80) === 0 ? 0 : 4;
  if (header.length < 2 + extended + mask) return undefined;
  if (extended === 2) return header.readUInt16BE(2);
  return extended === 8 ? Number(header.readBigUInt64BE(2)) : short;
}

export class FrameCutter {
  readonly #target: () => { host: string; port: number };
  readonly #server = createServer((client) => this.#join(client));
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #armed: Cut | undefined;
  /** Cuts made so far. */
  cuts = 0;

  private constructor(target: () => { host: string; port: number }) {
    this.#target = target;
  }

  static async start(target: () => { host: string; port: number }): Promise<FrameCutter> {
    const cutter = new FrameCutter(target);
    cutter.#server.listen(0, "127.0.0.1");
    await once(cutter.#server, "listening");
    const address = cutter.#server.address();
    if (typeof address === "object" && address !== null) cutter.#port = address.port;
    return cutter;
  }

  get port(): number {
    return this.#port;
  }

  /** The next connection is cut once; those after it are not. */
  arm(cut: Cut): void {
    this.#armed = cut;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #join(client: Socket): void {
    const cut = this.#armed;
    this.#armed = undefined;
    const broker = connect(this.#target());
    const end = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", end).on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    this.#pipe(client, broker, cut?.from === "client" ? cut : undefined, end);
    this.#pipe(broker, client, cut?.from === "broker" ? cut : undefined, end);
  }

  #pipe(from: Socket, to: Socket, cut: Cut | undefined, end: () => void): void {
    if (cut === undefined) {
      from.on("data", (chunk: Buffer) => void to.write(chunk));
      return;
    }
    const finder = new FrameEnds();
    let left = cut.frames;
    from.on("data", (chunk: Buffer) => {
      if (left < 0) return;
      const ends = finder.feed(chunk);
      const last = left === 0 ? 0 : ends[left - 1];
      left -= ends.length;
      if (last === undefined) {
        to.write(chunk);
        return;
      }
      const rest = chunk.length - last;
      if (cut.isTorn && rest === 0) {
        left = 0;
        to.write(chunk);
        return;
      }
      left = -1;
      this.cuts++;
      to.write(chunk.subarray(0, last + (cut.isTorn ? Math.ceil(rest / 2) : 0)), end);
    });
  }
}
