/** A server on a port of its own that does to each socket what the test says, and keeps what it was sent. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

export interface Upgrade {
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

export class ScriptedServer {
  readonly upgrades: Upgrade[] = [];
  readonly frames: string[] = [];
  /** Close codes of sockets that are gone. */
  readonly closed: number[] = [];
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  private constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(greet: (socket: WebSocket) => void): Promise<ScriptedServer> {
    const server = createServer((_request, response) => response.writeHead(426).end());
    const sockets = new WebSocketServer({ server });
    const scripted = new ScriptedServer(server, sockets);
    sockets.on("connection", (socket, { url, headers }) => {
      scripted.upgrades.push({ path: url, headers });
      socket.on("message", (data: Buffer) => scripted.frames.push(data.toString()));
      socket.on("close", (code) => scripted.closed.push(code));
      greet(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  /** `127.0.0.1:PORT`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
