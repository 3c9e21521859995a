/** Programs that print what a test tells them, when it tells them, and end when it says so. */
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** The source of such a program: `node talk.mjs PORT NAME`. */
export const talkSource = `
import { connect } from "node:net";
const [port, name] = process.argv.slice(2);
const socket = connect(Number(port), "127.0.0.1", () => socket.write(name + "\\n"));
let rest = "";
socket.setEncoding("utf8").on("data", (text) => {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
    const { to, text, code } = JSON.parse(line);
    if (code === undefined) process[to].write(text);
    // What was written before is on its way, and an exit would not wait for it.
    else process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
  }
});
socket.on("close", () => process.exit(9));
`;

export class TalkingProgram {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  print(text: string, to: "stdout" | "stderr" = "stdout"): void {
    this.#socket.write(`${JSON.stringify({ to, text })}\n`);
  }

  exit(code: number): void {
    this.#socket.write(`${JSON.stringify({ code })}\n`);
  }
}

export class TalkingPrograms {
  readonly #server: Server;
  readonly #came = new Map<string, TalkingProgram[]>();
  readonly #waiting = new Map<string, ((program: TalkingProgram) => void)[]>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.setEncoding("utf8").once("data", (text: string) => this.#take(text.trim(), new TalkingProgram(socket)));
    });
  }

  static async open(): Promise<TalkingPrograms> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TalkingPrograms(server);
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the programs' port is not known");
    return address.port;
  }

  /** The next one of that name to start, or that started. */
  next(name: string): Promise<TalkingProgram> {
    const program = this.#came.get(name)?.shift();
    if (program !== undefined) return Promise.resolve(program);
    return new Promise((resolve) => this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(name: string, program: TalkingProgram): void {
    const waiting = this.#waiting.get(name)?.shift();
    if (waiting !== undefined) waiting(program);
    else this.#came.set(name, [...(this.#came.get(name) ?? []), program]);
  }
}
