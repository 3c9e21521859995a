/** What happens to the file when whole processes die or race. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeSession } from "../../src/session-store/encode-session.ts";
import { countedRecord } from "./support/counted-record.ts";
import { saveOnce, StoreWorld } from "./support/store-world.ts";

const script = fileURLToPath(new URL("support/save-in-child.ts", import.meta.url));

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

function startChild(...args: string[]): ChildProcessWithoutNullStreams {
  const { PATH = "" } = process.env;
  // The cache spares each of the many children the compiling.
  const env = { PATH, NODE_COMPILE_CACHE: join(world.root, "compiled") };
  return spawn(process.execPath, [script, world.root, ...args], { env });
}

/** The next line of stdout; the rest of a failing child's story is on stderr. */
function nextLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.once("close", () => reject(new Error(`the child ended early: ${errors}`)));
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
  });
}

function endOf(child: ChildProcessWithoutNullStreams): Promise<{ signal: NodeJS.Signals | null; errors: string }> {
  return new Promise((resolve) => {
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.resume();
    child.once("close", (_code, signal) => resolve({ signal, errors }));
  });
}

/** The file is exactly what one save wrote; returns which. */
function wholeCount(id: string): number {
  const text = readFileSync(world.path(`${id}.json`), "utf8");
  const { input_tokens: count } = JSON.parse(text) as { input_tokens: number };
  expect(text === encodeSession(countedRecord(id, count))).toBe(true);
  return count;
}

test("[FI-3] [SES-8] 200 kills at random moments of saving: the file is whole, and the next save needs no help", async () => {
  const kills = 200;
  const lanes = ["a", "b", "c", "d"];
  let caughtHalfway = 0;
  const runLane = async (id: string): Promise<void> => {
    await saveOnce(world.open(), countedRecord(id, 1));
    for (let round = 0; round < kills / lanes.length; round += 1) {
      const last = wholeCount(id);
      expect(await endOf(startChild(id, "until-killed", String(last + 1)))).toEqual({ signal: "SIGKILL", errors: "" });

      if (world.names().some((name) => name.startsWith(`.${id}.`))) caughtHalfway += 1;
      const survived = wholeCount(id);
      expect(survived).toBeGreaterThanOrEqual(last);
      await saveOnce(world.open(), countedRecord(id, survived + 1));
      expect(wholeCount(id)).toBe(survived + 1);
    }
  };
  await Promise.all(lanes.map(runLane));

  // Else the kills came between the saves and prove nothing.
  expect(caughtHalfway).toBeGreaterThan(kills / 4);
  expect((await world.open().list()).ids).toEqual(lanes);
  expect(world.names().filter((name) => name.endsWith(".lock"))).toEqual([]);
}, 240_000);

test("[FI-4] [SES-9] 50 writers in 10 processes, of one id and of 50: each saves whole or is told of the lock", async () => {
  const children = Array.from({ length: 10 }, () => startChild("shared", "5"));
  await Promise.all(children.map(nextLine));
  const answers = children.map(nextLine);
  const ends = children.map(endOf);
  for (const child of children) child.stdin.end("go\n");
  const outcomes = (await Promise.all(answers)).flatMap(
    (line) => JSON.parse(line) as { count: number; shared: string; own: string }[],
  );
  await Promise.all(ends);

  expect(outcomes).toHaveLength(50);
  expect(outcomes.filter(({ shared }) => shared !== "saved" && shared !== "session_locked")).toEqual([]);
  const winners = outcomes.filter(({ shared }) => shared === "saved").map(({ count }) => count);
  expect(winners).toContain(wholeCount("shared"));
  for (const { count, own } of outcomes) expect([own, wholeCount(`own-${count}`)]).toEqual(["saved", count]);
  expect((await world.open().list()).ids).toHaveLength(51);
  expect(world.names().filter((name) => name.startsWith("."))).toEqual([]);
}, 120_000);

test("[FI-4] 50 writers of one process: one after the other, and the file is one's whole", async () => {
  const store = world.open();
  const save = (count: number): Promise<void> => saveOnce(store, countedRecord("s", count), 60_000);
  await Promise.all(Array.from({ length: 50 }, (_, index) => save(index + 1)));
  expect(wholeCount("s")).toBeGreaterThan(0);
  expect(world.names()).toEqual(["s.json"]);
});
