/**
 * A broker on loopback with one answer: it refuses every hello, every request after the hello, or every HTTP
 * call with one code of the registries. What a real broker says only after days or under load is so produced at once.
 * Refusals look as the mesh protocol says: an error frame and close 1008, an error reply, a negative ack, an HTTP body.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { HTTP_ERRORS } from "@parlatory/protocol";
import { WebSocketServer, type WebSocket } from "ws";

export interface Refusal {
  /** What is refused; everything before it is accepted. */
  readonly at: "hello" | "request" | "http";
  readonly code: string;
}

type Frame = Readonly<Record<string, unknown>>;

const statusOf: Readonly<Record<string, { readonly status: number }>> = HTTP_ERRORS;

export class RefusingBroker {
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #refusal: Refusal;

  private constructor(refusal: Refusal) {
    this.#refusal = refusal;
    this.#http = createServer((request, response) => {
      request.resume();
      const { code } = this.#refusal;
      const body = JSON.stringify({ error: code, message: `refused: ${code}` });
      response.writeHead(statusOf[code]?.status ?? 409, { "content-type": "application/json" }).end(body);
    });
    this.#http.on("upgrade", (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (connection) => this.#serve(connection));
    });
  }

  static async start(refusal: Refusal): Promise<RefusingBroker> {
    const broker = new RefusingBroker(refusal);
    await new Promise<void>((resolve) => broker.#http.listen(0, "127.0.0.1", resolve));
    return broker;
  }

  /** `http://127.0.0.1:PORT` */
  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Where peers connect. */
  get socketUrl(): string {
    return `${this.url.replace("http", "ws")}/ws`;
  }

  async stop(): Promise<void> {
    for (const connection of this.#sockets.clients) connection.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #serve(connection: WebSocket): void {
    connection.on("error", () => undefined);
    connection.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString("utf8")) as Frame;
      const { at, code } = this.#refusal;
      const say = (answer: object): void => connection.send(JSON.stringify(answer));
      if (frame["type"] === "hello") {
        if (at !== "hello") return say(acceptance(frame));
        say({ type: "error", code, message: `refused: ${code}` });
        return connection.close(1008, code);
      }
      if (frame["type"] === "send") {
        return say({
          type: "ack",
          id: frame["id"],
          messageId: "",
          queued: false,
          code,
          error: `refused: ${code}`,
          _reqId: frame["_reqId"],
        });
      }
      if (frame["_reqId"] !== undefined) {
        say({ type: "error", code, message: `refused: ${code}`, _reqId: frame["_reqId"] });
      }
    });
  }
}

function acceptance(hello: Frame): object {
  return {
    type: "hello_ack",
    presenceId: "presence-1",
    memberDisplayName: "somebody",
    capabilities: hello["capabilities"] ?? [],
    serverTime: hello["timestamp"],
    meshSlug: "local",
    protocol: 1,
    memberRole: "member",
    resumed: false,
    hookToken: "t".repeat(32),
    mailbox: { now: 0, next: 0, low: 0 },
    meshPolicy: { requireSessionProof: false, allowPlaintextGroups: "auto", messageLog: false },
  };
}
