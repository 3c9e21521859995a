import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadMainKey } from "../../../src/sessions/devices/main-key.ts";
import { loadVapidKeys } from "../../../src/sessions/notifications/vapid-keys.ts";
import { SecretFileError } from "../../../src/sessions/secret-file.ts";
import { MemoryLog } from "../../support/memory-log.ts";

let home: string;
let log: MemoryLog;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "parl-test-key-"));
  log = new MemoryLog();
});
afterEach(() => rm(home, { recursive: true, force: true }));

const userId = process.getuid?.();
const load = (changes: { userId?: number } = {}) => loadMainKey({ home, userId, randomBytes, log, ...changes });
const modeOf = async (name: string) => ((await stat(join(home, name))).mode & 0o777).toString(8);

test("[AUTH-1] [AUTH-2] the first start makes a key of 43 characters on one line, for its owner only; the next reads it", async () => {
  const key = load();
  expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(Buffer.from(key, "base64url")).toHaveLength(32);
  expect(await readFile(join(home, "remote-key"), "utf8")).toBe(`${key}\n`);
  expect(await modeOf("remote-key")).toBe("600");
  expect(load()).toBe(key);
  expect(await readdir(home)).toEqual(["remote-key"]);
  expect(log.lines).toEqual([]);
});

test("[AUTH-2] a looser mode is tightened with a warning that does not tell the key", async () => {
  const key = load();
  await chmod(join(home, "remote-key"), 0o644);
  expect(load()).toBe(key);
  expect(await modeOf("remote-key")).toBe("600");
  expect(log.lines).toMatchObject([{ level: "warn", fields: { path: join(home, "remote-key"), mode: "644" } }]);
  expect(log.text).not.toContain(key);
});

test("[AUTH-2] a file of another user stops the start, and stays as it is", async () => {
  const key = load();
  await chmod(join(home, "remote-key"), 0o644);
  expect(() => load({ userId: (userId ?? 0) + 1 })).toThrow(SecretFileError);
  expect(() => load({ userId: (userId ?? 0) + 1 })).toThrow(/remote-key belongs to another user/);
  expect(await modeOf("remote-key")).toBe("644");
  expect(await readFile(join(home, "remote-key"), "utf8")).toBe(`${key}\n`);
});

test("[AUTH-2] what is no key stops the start, and is told in no error", async () => {
  for (const content of ["", "secret-but-short\n", `${"a".repeat(44)}\n`, `${"é".repeat(43)}\n`]) {
    await writeFile(join(home, "remote-key"), content, { mode: 0o600 });
    expect(() => load()).toThrow(/Delete it to get a new one/);
    expect(() => load()).not.toThrow(/secret-but-short/);
  }
  await rm(join(home, "remote-key"));
  expect(() => loadMainKey({ home: join(home, "missing"), userId, randomBytes, log })).toThrow(
    /folder must be writable/,
  );
});

test("[AUTH-2] of many starts at once one makes the key, and all have the same", async () => {
  const script = fileURLToPath(new URL("./load-main-key.ts", import.meta.url));
  const keys = await Promise.all(
    Array.from(
      { length: 12 },
      () =>
        new Promise((resolve, reject) =>
          new Worker(script, { workerData: home }).on("message", resolve).on("error", reject),
        ),
    ),
  );
  expect(new Set(keys)).toEqual(new Set([load()]));
  expect(await readdir(home)).toEqual(["remote-key"]);
});

test("[PUSH-3] the VAPID keys are made once, belong together, and are for their owner only", async () => {
  const keys = loadVapidKeys({ home, userId, randomBytes, log });
  expect(loadVapidKeys({ home, userId, randomBytes, log })).toEqual(keys);
  expect(await modeOf("web-push-keys")).toBe("600");
  const { createECDH } = await import("node:crypto");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(Buffer.from(keys.privateKey, "base64url"));
  expect(curve.getPublicKey("base64url")).toBe(keys.publicKey);
});
