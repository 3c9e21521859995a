import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { takeClientSlot } from "../../src/remote/client-slot.ts";

const homes: string[] = [];
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

function world(): {
  home: string;
  randomBytes: (size: number) => Uint8Array;
  log: (line: string) => void;
  logged: string[];
} {
  const home = mkdtempSync(join(tmpdir(), "parl-slots-"));
  homes.push(home);
  const logged: string[] = [];
  return { home, randomBytes: (size) => randomBytes(size), log: (line) => void logged.push(line), logged };
}

test("[NAME-4] commands one after the other share a client session, commands side by side do not", async () => {
  const context = world();
  const first = await takeClientSlot(context);
  const beside = await takeClientSlot(context);
  expect(first.clientSessionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(beside.clientSessionId).not.toBe(first.clientSessionId);

  await first.release();
  const next = await takeClientSlot(context);
  expect(next.clientSessionId).toBe(first.clientSessionId);
  await next.release();
  await beside.release();
  expect(statSync(join(context.home, "remote-clients")).mode & 0o777).toBe(0o700);
  expect(statSync(join(context.home, "remote-clients", "1.id")).mode & 0o777).toBe(0o600);
});

test("a command that died does not keep its client session", async () => {
  const context = world();
  const slot = await takeClientSlot(context);
  await slot.release();
  // No process has this number.
  const dead = JSON.stringify({ pid: 2 ** 22 + 1, token: "gone" });
  writeFileSync(join(context.home, "remote-clients", "1.lock"), dead);
  const next = await takeClientSlot(context);
  expect(next.clientSessionId).toBe(slot.clientSessionId);
  await next.release();
});

test("what is no id is replaced, and a place that cannot be written costs nothing but the memory", async () => {
  const context = world();
  mkdirSync(join(context.home, "remote-clients"));
  writeFileSync(join(context.home, "remote-clients", "1.id"), "nonsense");
  const slot = await takeClientSlot(context);
  expect(readFileSync(join(context.home, "remote-clients", "1.id"), "utf8").trim()).toBe(slot.clientSessionId);
  await slot.release();

  const blocked = world();
  writeFileSync(join(blocked.home, "remote-clients"), "a file");
  const made = await takeClientSlot(blocked);
  expect(made.clientSessionId).toMatch(/^[0-9a-f-]{36}$/);
  expect(blocked.logged).toHaveLength(1);
  await made.release();
});
