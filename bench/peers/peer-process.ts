import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_MS = 10_000;
const LOG_BYTES = 10_000;

/** The path of a program on PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Another server in a process of its own, with a folder and a port of its own. */
export class PeerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
  }

  /** `args` makes the arguments, and files they name, for a folder and a port. Resolves when the port is open. */
  static async start(
    program: string,
    args: (place: { folder: string; port: number }) => Promise<string[]>,
  ): Promise<PeerProcess> {
    const folder = await mkdtemp(join(tmpdir(), "parl-peer-"));
    const port = await freePort();
    const child = spawn(program, await args({ folder, port }), { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => (log = (log + data.toString()).slice(-LOG_BYTES)));
    }
    child.once("error", (error) => (log += error.message));
    const deadline = performance.now() + START_MS;
    while (!(await isOpen(port))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        child.kill("SIGKILL");
        await rm(folder, { recursive: true, force: true });
        throw new Error(`${program} did not start to listen; its log:\n${log}`);
      }
      await sleep(20);
    }
    return new PeerProcess(child, port, folder);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const gone = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("no port was given");
  return address.port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
