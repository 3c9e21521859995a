import { createServer, type Server, type Socket } from "node:net";

/** Stands for an agent's own inbox socket: reads two lines a connection and closes. */
export class FakeSession {
  readonly path: string;
  readonly token = "session-token-1";
  /** Parsed lines of each connection that ended. */
  readonly deliveries: { lines: Record<string, unknown>[]; at: number }[] = [];
  /** `refuse`: cuts each connection; `hang`: never closes it. */
  behaviour: "accept" | "refuse" | "hang" = "accept";
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(path: string) {
    this.path = path;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  static async open(path: string): Promise<FakeSession> {
    const session = new FakeSession(path);
    await new Promise<void>((resolve) => session.#server.listen(path, resolve));
    return session;
  }

  get env(): Record<string, string> {
    return { CLAUDE_CODE_MESSAGING_SOCKET: this.path, CLAUDE_CODE_MESSAGING_TOKEN: this.token };
  }

  /** The texts that arrived, one for each connection. */
  get texts(): string[] {
    return this.deliveries.map(
      ({ lines }) => (lines[1]?.["message"] as { content?: string } | undefined)?.content ?? "",
    );
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket)).on("error", () => undefined);
    if (this.behaviour === "refuse") return void socket.destroy();
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.on("end", () => {
      if (this.behaviour === "hang") return;
      const lines = text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      this.deliveries.push({ lines, at: performance.now() });
      socket.end();
    });
  }
}
