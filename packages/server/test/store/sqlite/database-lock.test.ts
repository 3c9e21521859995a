import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { acquireDatabaseLock } from "../../../src/store/sqlite/database-lock.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { StoreLockedError } from "../../../src/store/store-errors.ts";
import { StoreUnavailableError } from "../../../src/store/store.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-test-lock-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A process that holds the lock of a database until it dies, at the end of the test at the latest. */
async function startHolder(path: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("./hold-lock.ts", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("[DB-4] a second process is refused and told the pid of the first", async () => {
  const path = join(folder, "a.db");
  const holder = await startHolder(path);
  expect(() => acquireDatabaseLock(path)).toThrow(StoreLockedError);
  expect(() => acquireDatabaseLock(path)).toThrow(`process ${holder.pid}`);
  await expect(openSqliteStore({ path, durability: "normal" })).rejects.toThrow(StoreLockedError);
});

test("[DB-4] a killed process keeps no lock, and its pid left behind keeps nobody out", async () => {
  const path = join(folder, "b.db");
  const holder = await startHolder(path);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(readFileSync(`${path}.lock-holder`, "utf8").trim()).toBe(String(holder.pid));
  acquireDatabaseLock(path).release();
});

test("[DB-4] within one process the lock is held once, whatever the file is called, and can be taken again after release", async () => {
  const path = join(folder, "c.db");
  const store = await openSqliteStore({ path, durability: "normal" });
  await symlink(path, join(folder, "link.db"));
  await symlink(folder, join(folder, "here"));
  for (const name of [path, join(folder, "link.db"), join(folder, "here", "c.db")]) {
    expect(() => acquireDatabaseLock(name)).toThrow(StoreLockedError);
  }
  await store.close();
  const lock = acquireDatabaseLock(path);
  lock.release();
  lock.release();
});

test("[DB-4] a refused second broker leaves the lock with the first", async () => {
  const path = join(folder, "d.db");
  const first = await openSqliteStore({ path, durability: "normal" });
  await expect(openSqliteStore({ path, durability: "normal" })).rejects.toThrow(StoreLockedError);
  const other = spawn(process.execPath, [fileURLToPath(new URL("./hold-lock.ts", import.meta.url)), path], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  other.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const [status] = (await once(other, "exit")) as [number];
  expect(status).not.toBe(0);
  expect(complaint).toContain(`process ${process.pid}`);
  await first.close();
});

test("[DB-4] a database in a folder that is not there is unavailable, not locked", async () => {
  await expect(openSqliteStore({ path: join(folder, "nowhere", "a.db"), durability: "normal" })).rejects.toThrow(
    StoreUnavailableError,
  );
});
