import { mkdtempSync, readFileSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../checkout.ts";
import { withRealOutput } from "../guide-examples.ts";

const guide = readFileSync(join(root, "docs/harness.md"), "utf8");

interface Call {
  readonly todo: string;
  readonly answer?: { readonly [key: string]: unknown };
}
type CallParl = (args: readonly string[], options: { readonly program: string; readonly timeoutMs?: number }) => Call;

let place = "";
let callParl: CallParl;
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "parl-handler-"));
  mkdirSync(join(place, "bin"));
  symlinkSync(process.execPath, join(place, "bin/node"));
  const source = /```js\n([\s\S]*?)```/.exec(guide)?.[1] ?? "";
  writeFileSync(join(place, "call-parl.mjs"), source);
  ({ callParl } = (await import(join(place, "call-parl.mjs"))) as { callParl: CallParl });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A program that ends as it is told: the handler must not care what made the answer. */
function program(name: string, script: string): string {
  const path = join(place, name);
  writeFileSync(path, `#!${process.execPath}\n${script}\n`, { mode: 0o755 });
  return path;
}
const answering = (name: string, status: number, answer: object): string =>
  program(name, `console.log(${JSON.stringify(JSON.stringify(answer))}); process.exitCode = ${status};`);

test("[EXIT-4] every output that the guide shows is real", () => {
  expect(withRealOutput(guide)).toBe(guide);
});

test("[EXIT-4] the handler of the guide obeys the procedure for every status", () => {
  const todo = (status: number, answer: object): string =>
    callParl([], { program: answering("p.cjs", status, answer) }).todo;
  const failed = (kind: string, retryable?: boolean): string =>
    todo(1, { error: { kind, ...(retryable === undefined ? {} : { retryable }) } });

  expect(todo(0, {})).toBe("use");
  expect([failed("session_locked", true), failed("filesystem", false), failed("of_tomorrow", true)]).toEqual([
    "retry",
    "give_up",
    "retry",
  ]);
  expect([failed("parse", true), failed("session_not_found", true), failed("engine_failed")]).toEqual([
    "give_up",
    "give_up",
    "give_up",
  ]);
  expect([todo(2, { final_session_reusable: true }), todo(2, { turn: { session_reusable: true } })]).toEqual([
    "same_session",
    "same_session",
  ]);
  expect([todo(2, { session_reusable: true }), todo(2, { session_reusable: false }), todo(2, {})]).toEqual([
    "same_session",
    "fresh_session",
    "fresh_session",
  ]);
  expect(todo(130, { interrupted: true })).toBe("interrupted");
  expect(todo(137, {})).toBe("killed");
});

test("[EXIT-4] it reads the last line of a stream, and keeps a limit of its own around the process", () => {
  const stream = program("stream.cjs", `console.log('{"final":false}'); console.log('{"final":true}');`);
  const silent = program("silent.cjs", `setInterval(() => {}, 1000);`);

  expect(callParl([], { program: stream }).answer).toEqual({ final: true });
  expect(callParl([], { program: silent, timeoutMs: 200 }).todo).toBe("killed");
});

test("[EXIT-3] [EXIT-4] the guide warns of status 2 in text mode", () => {
  expect(guide).toContain("In text mode 2 is also the status of a usage error");
});
