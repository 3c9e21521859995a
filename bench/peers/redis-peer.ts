import { Redis } from "ioredis";
import { rawBody, type Lane, type Peer, type PeerServer } from "./lane.ts";
import { PeerProcess } from "./peer-process.ts";

/** Read at most at a time; as many as our offer window. */
const WINDOW = 1_024;
const BLOCK_MS = 1_000;

type Entries = [stream: string, entries: [id: string, fields: string[]][]][] | null;

export const REDIS: Peer = {
  name: "redis-server (streams, appendfsync always)",
  durable: "appended and flushed to disk (fsync) before the sender is told",
  program: "redis-server",
  async start(program): Promise<PeerServer> {
    const server = await PeerProcess.start(program, ({ folder, port }) =>
      Promise.resolve([
        ...["--bind", "127.0.0.1", "--port", String(port), "--dir", folder],
        ...["--appendonly", "yes", "--appendfsync", "always", "--save", ""],
      ]),
    );
    let lanes = 0;
    return {
      async openLane(count): Promise<Lane> {
        const stream = `mail:${++lanes}`;
        const sender = new Redis(server.port, "127.0.0.1");
        const receivers: Redis[] = [];
        let isOpen = true;
        const lane: Lane = {
          send: (number) => {
            sender.xadd(stream, "*", "body", rawBody(number)).then(
              () => lane.onAck(),
              (cause: unknown) => lane.onFailed(new Error("redis-server refused a message", { cause })),
            );
          },
          onAck: () => undefined,
          onReceived: () => undefined,
          onFailed: () => undefined,
          async close() {
            isOpen = false;
            for (const client of [sender, ...receivers]) client.disconnect();
            await Promise.all(reading);
          },
        };
        const reading: Promise<void>[] = [];
        for (let i = 0; i < count; i++) {
          const group = `receiver-${i}`;
          const receiver = new Redis(server.port, "127.0.0.1");
          await receiver.xgroup("CREATE", stream, group, "$", "MKSTREAM");
          receivers.push(receiver);
          reading.push(read(receiver, group));
        }
        async function read(receiver: Redis, group: string): Promise<void> {
          while (isOpen) {
            let found: Entries;
            try {
              const answer: unknown = await receiver.xreadgroup(
                "GROUP",
                group,
                "one",
                "COUNT",
                WINDOW,
                "BLOCK",
                BLOCK_MS,
                "STREAMS",
                stream,
                ">",
              );
              found = answer as Entries;
            } catch (error) {
              if (isOpen) throw error;
              return;
            }
            for (const [, entries] of found ?? []) {
              const confirmed = receiver.xack(stream, group, ...entries.map(([id]) => id));
              confirmed.catch(() => undefined);
              for (let got = entries.length; got > 0; got--) lane.onReceived();
            }
          }
        }
        return lane;
      },
      stop: () => server.stop(),
    };
  },
};
