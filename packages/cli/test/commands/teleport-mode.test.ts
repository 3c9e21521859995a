import { readdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { recordOf, saveOnce, StoreWorld } from "../session-store/support/store-world.ts";
import { run, type InProcessRun } from "../support/run-in-process.ts";

let world: StoreWorld;
beforeEach(() => {
  world = new StoreWorld();
});
afterEach(() => world.close());

const teleport = (...args: string[]): Promise<InProcessRun> =>
  run(["teleport-mode", "--directory", "sessions", ...args], {
    table: commandTable,
    workingDirectory: world.root,
    env: { PARL_OUTPUT_FORMAT: "json" },
  });

test("[TXT-1] [CMD-teleport-mode-1] text whatever the default format: True once, False when the bundle is there", async () => {
  await saveOnce(world.open(), recordOf("s"));
  expect(await teleport("s")).toMatchObject({
    stdout: "mode=teleport\nconnected=True\ndetail=the bundle is written and whole: s\nbundle=s.parlbundle.json\n",
    stderr: "",
    status: 0,
  });
  expect(await teleport("s")).toMatchObject({
    stdout: "mode=teleport\nconnected=False\ndetail='s.parlbundle.json' is there already and is never overwritten: s\n",
    stderr: "",
    status: 1,
  });
});

test("[TXT-3] [CMD-teleport-mode-1] an absent session is 0, and 1 with --output; nothing is written", async () => {
  const { stdout, status } = await teleport("nope");
  expect(status).toBe(0);
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^hint=/);
  expect(await teleport("nope", "--output", "b.json")).toMatchObject({ stdout, status: 1 });
  expect(readdirSync(world.root)).toEqual([]);
});

test("[TXT-1] [ARG-10] the format flag is refused", async () => {
  const { stdout, status } = await teleport("s", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ exit_code: 1, error: { kind: "parse" } });
  expect(status).toBe(1);
});
