/** Runs one case through the real program in one argument order, and checks all that holds for every outcome. */
import { expect } from "vitest";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import { toTimestamp } from "../../src/harness/envelope.ts";
import { fittingBranch, loadDefinition } from "./envelope-check.ts";
import { goldenName, type OutcomeCall, type OutcomeCase } from "./outcome-case.ts";
import { goldenFile, readOrWriteGolden } from "./golden-file.ts";
import { goldenClock, replaceByPlaceholders } from "./placeholders.ts";
import { CommandRun, envelopesOf, type CommandEnd } from "./world/command-run.ts";
import type { World } from "./world/world.ts";

export const argumentOrders = ["options last", "options first"] as const;
export type ArgumentOrder = (typeof argumentOrders)[number];

/** `parl COMMAND POSITIONALS OPTIONS --json`, and `parl --json COMMAND OPTIONS POSITIONALS` [ARG-1]. */
export function arrange(
  command: string,
  { positionals = [], options = [] }: Pick<OutcomeCall, "positionals" | "options">,
  { order, json }: { readonly order: ArgumentOrder; readonly json: boolean },
): string[] {
  const words = command.split(" ");
  const format = json ? ["--json"] : [];
  return order === "options last"
    ? [...words, ...positionals, ...options, ...format]
    : [...format, ...words, ...options, ...positionals];
}

/** Runs the case and compares its answer with the golden file. */
export async function runOutcome(world: World, outcome: OutcomeCase, order: ArgumentOrder): Promise<void> {
  const definition = await loadDefinition(outcome.command);
  const isText = definition.format === "none";
  const call = await outcome.call(world);
  const clock = outcome.clock === "real" ? new Date().toISOString() : goldenClock;
  const env = { PARL_CLOCK: clock, PARL_SEED_IDS: "golden", ...call.env };
  const argv = arrange(outcome.command, call, { order, json: !isText });
  const run = new CommandRun(call.place, argv, { env, ...(call.input === undefined ? {} : { input: call.input }) });
  await outcome.during?.(run, world, call);
  const end = await run.ended;

  expect({
    argv,
    stderr: end.stderr,
    status: end.status,
    stdout: end.status === outcome.status ? "" : end.stdout,
  }).toEqual({
    argv,
    stderr: "",
    status: outcome.status,
    stdout: "",
  });
  if (!isText) checkEnvelopes(definition, outcome, end);
  const kind = isText ? "text" : end.stdout.includes('"final":true') ? "stream" : "envelope";
  const file = goldenFile(goldenName(outcome), kind);
  const literals = new Map([
    ...world.literals,
    [call.place.home, "<PARL_HOME>"],
    [call.place.work, "<CWD>"],
    [call.place.directory, "<HOME>"],
    [toTimestamp(new Date(clock)), goldenClock],
  ]);
  const { steady = (stdout: string) => stdout } = outcome;
  const text = steady(replaceByPlaceholders(end.stdout, literals));
  const golden = readOrWriteGolden(file, text);
  if (golden === undefined) {
    throw new Error(
      `test/golden/${file} does not exist; look at the answer, then write it with PARL_UPDATE_GOLDEN=1:\n${text}`,
    );
  }
  expect(text).toBe(golden);
}

/** [ENV-2], [ENV-5], [SCH-2]: one object a line, the status it says, nothing undeclared, the branches the case is about. */
function checkEnvelopes(definition: AnyCommandDefinition, outcome: OutcomeCase, end: CommandEnd): void {
  expect(end.stdout.endsWith("\n")).toBe(true);
  const envelopes = envelopesOf(end);
  const last = envelopes.at(-1) ?? {};
  const error = last["error"] as { readonly kind?: string } | undefined;
  expect({ exit_code: last["exit_code"], kind: error?.kind }).toEqual({ exit_code: end.status, kind: outcome.kind });
  const branches = new Set(envelopes.map((envelope) => fittingBranch(definition, envelope)));
  expect([...branches]).toEqual(outcome.branches);
  if (definition.stdout !== "stream") expect(envelopes).toHaveLength(1);
}
