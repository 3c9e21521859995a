import { mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createSessionKeyStore, type SessionKeyStore } from "../../src/node/session-key-store.ts";
import { sessionFiles } from "../../src/node/session-files.ts";
import { closeLater, crypto } from "../support/mesh-fixture.ts";

const DAY_MS = 86_400_000;
let home = "";
let nowMs = 0;
let store: SessionKeyStore;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "parl-sessions-"));
  closeLater(() => rm(home, { recursive: true }));
  nowMs = Date.now();
  store = createSessionKeyStore({ home, crypto, nowMs: () => nowMs });
});

const keyFile = (sessionId: string): string => sessionFiles(home, "mesh-1", sessionId).key;

test("[CRYPTO-4] one pair per mesh and session, kept over restarts, in files nobody else can read", async () => {
  const first = await store.keyOf("mesh-1", "session-1");
  expect(crypto.parseSecretKey(first.secretKey)).toBe(first.secretKey);
  const restarted = createSessionKeyStore({ home, crypto, nowMs: () => nowMs });
  expect(await restarted.keyOf("mesh-1", "session-1")).toEqual(first);
  const others = [await store.keyOf("mesh-1", "session-2"), await store.keyOf("mesh-2", "session-1")];
  expect(new Set([first, ...others].map(({ publicKey }) => publicKey)).size).toBe(3);
  expect((await stat(keyFile("session-1"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, "sessions"))).mode & 0o777).toBe(0o700);
});

test("[CRYPTO-4] session ids of any form cannot leave the directory", async () => {
  await store.keyOf("mesh-1", "../../etc/passwd");
  await store.keyOf("mesh-1", `${"x".repeat(500)}\n\0`);
  expect(await readdir(home)).toEqual(["sessions"]);
  expect(await readdir(join(home, "sessions"))).toHaveLength(2);
});

test("[CRYPTO-4] processes of one session that start together take the same pair", async () => {
  const pairs = await Promise.all(
    Array.from({ length: 20 }, () => createSessionKeyStore({ home, crypto, nowMs: () => nowMs }).keyOf("mesh-1", "s")),
  );
  expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(1);
  expect(await readdir(join(home, "sessions"))).toHaveLength(1);
});

test("[CRYPTO-4] after session_replaced a fresh pair takes its place", async () => {
  const before = await store.keyOf("mesh-1", "s");
  const fresh = await store.replace("mesh-1", "s");
  expect(fresh.publicKey).not.toBe(before.publicKey);
  expect(await store.keyOf("mesh-1", "s")).toEqual(fresh);
});

test.each(["", "{", "[]", '{"secretKey":"00"}', `{"secretKey":"${"ab".repeat(64)}"}`])(
  "[CRYPTO-4] a file that holds no key (%j) is replaced",
  async (text) => {
    const before = await store.keyOf("mesh-1", "s");
    await writeFile(keyFile("s"), text);
    const after = await store.keyOf("mesh-1", "s");
    expect(after.publicKey).not.toBe(before.publicKey);
    expect(await readFile(keyFile("s"), "utf8")).toContain(after.secretKey);
  },
);

test("[CRYPTO-4] what was unused for 7 days is removed, with its received ids; use counts, age does not", async () => {
  for (const session of ["old", "used", "new"]) await store.keyOf("mesh-1", session);
  const ids = sessionFiles(home, "mesh-1", "old").receivedIds;
  await writeFile(ids, "m-1\n");
  await utimes(ids, nowMs / 1_000, nowMs / 1_000);
  await writeFile(join(home, "sessions", "notes.txt"), "not ours");
  await utimes(join(home, "sessions", "notes.txt"), 0, 0);
  nowMs += 6 * DAY_MS;
  await store.keyOf("mesh-1", "used");
  await store.replace("mesh-1", "new");
  expect(await store.removeUnused()).toBe(0);
  nowMs += DAY_MS + 1_000;
  expect(await store.removeUnused()).toBe(2);
  const kept = [keyFile("used"), keyFile("new"), join(home, "sessions", "notes.txt")].map((path) => basename(path));
  expect(new Set(await readdir(join(home, "sessions")))).toEqual(new Set(kept));
});

test("[CRYPTO-4] nothing to remove where nothing was ever kept", async () => {
  expect(await store.removeUnused()).toBe(0);
});
