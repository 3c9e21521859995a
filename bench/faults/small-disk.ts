import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";

/** Somewhere a database soon finds no room, and a way to give it some. */
export interface SmallDisk {
  name: string;
  home: string;
  main?: URL | undefined;
  env?: Record<string, string>;
  /** Takes up part of the room. Called when the broker runs. */
  occupy: () => Promise<void>;
  free: () => Promise<void>;
  remove: () => Promise<void>;
}

const DISK_BYTES = 12 * 1024 * 1024;
const BALLAST_BYTES = 5 * 1024 * 1024;
const PAGE_BYTES = 4_096;

const run = promisify(execFile);

/** A file system of its own, where the machine lets one be mounted; undefined where it does not. */
export async function mountSmallDisk(): Promise<SmallDisk | undefined> {
  if (process.platform !== "linux") return undefined;
  const home = await mkdtemp(join(tmpdir(), "parl-small-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES},mode=0700`, "parl-small-disk", home]);
  } catch {
    await rm(home, { recursive: true });
    return undefined;
  }
  const ballast = join(home, "ballast");
  return {
    name: "full file system",
    home,
    occupy: () => writeFile(ballast, Buffer.alloc(BALLAST_BYTES, 1)),
    free: () => rm(ballast),
    async remove() {
      await run("umount", [home]);
      await rm(home, { recursive: true });
    },
  };
}

/** A database that may not grow beyond so many pages, part of which another program's table takes up. Works anywhere. */
export async function capDatabase(): Promise<SmallDisk> {
  const home = await mkdtemp(join(tmpdir(), "parl-small-disk-"));
  const withDatabase = (statements: string): Promise<void> => {
    const database = new DatabaseSync(join(home, "parl.db"), { timeout: 5_000 });
    try {
      database.exec(statements);
    } finally {
      database.close();
    }
    return Promise.resolve();
  };
  return {
    name: "database at its largest size",
    home,
    main: new URL("./capped-broker-main.ts", import.meta.url),
    env: { PARL_BENCH_MAX_PAGES: String(DISK_BYTES / PAGE_BYTES) },
    occupy: () =>
      withDatabase(`CREATE TABLE ballast (body BLOB); INSERT INTO ballast VALUES (zeroblob(${BALLAST_BYTES}))`),
    free: () => withDatabase("DELETE FROM ballast"),
    remove: () => rm(home, { recursive: true }),
  };
}
