import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bootstrapStages } from "../../src/turns/stages.ts";
import { RunWorld } from "../turns/support/run-world.ts";

let world: RunWorld;

beforeEach(() => {
  world = new RunWorld();
});

afterEach(() => {
  world.remove();
});

const stages = [
  ...["runtime-start", "format-scan", "argument-parse", "module-load", "settings-resolve", "inventory-build"],
  ...["engine-select", "session-restore", "turn-run", "session-save"],
];

test("[CMD-bootstrap-graph-1] [CMD-bootstrap-graph-3] the stages by name, and a note", async () => {
  const { timestamp, ...envelope } = await world.json(["bootstrap-graph"]);

  expect(timestamp).toMatch(/Z$/);
  expect(bootstrapStages).toEqual(stages);
  expect(envelope).toEqual({
    command: "bootstrap-graph",
    exit_code: 0,
    output_format: "json",
    schema_version: "1.0",
    stages,
    note: "The stages always run in this order; how long each takes is measured only with --measure.",
  });
});

test("[CMD-bootstrap-graph-2] text: a title and a bullet for each, with times if measured", async () => {
  const plain = await world.run(["bootstrap-graph"]);
  const measured = await world.run(["bootstrap-graph", "--measure"]);

  expect(plain.stdout).toBe(["# Bootstrap Graph", "", ...stages.map((stage) => `- ${stage}`), ""].join("\n"));
  const [title, empty, ...bullets] = measured.stdout.trimEnd().split("\n");
  expect([title, empty]).toEqual(["# Bootstrap Graph", ""]);
  expect(bullets.map((bullet) => bullet.replace(/ \(\d+(?:\.\d+)? ms\)$/u, ""))).toEqual(
    stages.map((stage) => `- ${stage}`),
  );
});

test("[CMD-bootstrap-graph-1] [CMD-bootstrap-graph-3] measured: what the instrumented run passed through, and nothing is left", async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith("parl-measure-"));
  const envelope = await world.json(["bootstrap-graph", "--measure"]);
  const times = envelope["stage_times"] as { name: string; ms: number }[];

  expect(times.map(({ name }) => name)).toEqual(stages);
  expect(times.every(({ ms }) => Number.isFinite(ms) && ms >= 0)).toBe(true);
  expect(world.entries(".")).toEqual([".home"]);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("parl-measure-"))).toEqual(before);
});

test("[DET-2] under a fixed clock the times are 0", async () => {
  const env = { PARL_CLOCK: "2026-01-02T03:04:05Z" };
  const envelope = await world.json(["bootstrap-graph", "--measure"], { env });

  expect((envelope["stage_times"] as { ms: number }[]).map(({ ms }) => ms)).toEqual(Array(10).fill(0));
});
