/** What every command can meet whatever it does: a usage error, a defect, a signal, and silence in a stream. */
import { afterAll, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import type { CommandContext } from "../../src/harness/context.ts";
import type { CommandTable } from "../../src/harness/table.ts";
import { errorOf, run } from "../support/run-in-process.ts";
import { usageCases } from "./cases/usage.ts";
import { definitions } from "./definitions.ts";
import { fittingBranch } from "./envelope-check.ts";
import { argumentOrders, runOutcome } from "./run-outcome.ts";
import { World } from "./world/world.ts";

const world = new World();
afterAll(() => world.close());

const named = [...definitions].map(([name, definition]) => ({ name, definition }));
const withData = named.filter(({ definition }) => definition.format !== "none");

describe.each(argumentOrders)("%s", (order) => {
  test.each(usageCases.filter(({ command }) => definitions.has(command)))(
    "[SCH-3] [ARG-7] [ARG-10] [DET-4] $command: a usage error in json mode is what its golden file says",
    async (outcome) => {
      expect.hasAssertions();
      await runOutcome(world, outcome, order);
    },
  );
});

test.each(named)(
  "[ARG-6] [EXIT-1] $name: the same in text mode says how it is used, on stderr, status 2",
  async ({ name, definition }) => {
    const mistake = definition.passThroughUnknown === true ? ["--message-mode", "bogus"] : ["--no-such-option"];
    const { stdout, stderr, status } = await run([...name.split(" "), ...mistake], { table: commandTable });

    expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
    expect(stderr).toMatch(new RegExp(`^usage: parl ${name}( |\\n)`));
    expect(stderr).toMatch(/^parl: error: .*(unrecognized arguments: --no-such-option|invalid choice: 'bogus')/m);
  },
);

test.each(withData)(
  "[ENV-11] [SCH-3] $name: a defect is `internal`, in an envelope that fits its schema",
  async ({ name, definition }) => {
    const table = replaceRun(name, definition, async () => {
      throw new RangeError("a defect");
    });
    const result = await run([...name.split(" "), ...validArguments(definition), "--json"], { table });

    expect({ status: result.status, stderr: result.stderr, kind: errorOf(result.json())["kind"] }).toEqual({
      status: 1,
      stderr: "",
      kind: "internal",
    });
    expect(fittingBranch(definition, result.json())).toMatch(/^(error|not_found)$/);
  },
);

test.each(withData)(
  "[EXIT-1] [CAN-8] [SCH-3] $name: a signal is `interrupted`, in an envelope that fits its schema",
  async ({ name, definition }) => {
    let send: (signal: "SIGINT") => void = () => undefined;
    const table = replaceRun(name, definition, async (context) => {
      const stopped = new Promise((_resolve, reject) => {
        context.signal.addEventListener("abort", () => reject(new Error("told to stop")), { once: true });
      });
      send("SIGINT");
      return (await stopped) as never;
    });
    const argv = [...name.split(" "), ...validArguments(definition), "--json"];
    const result = await run(argv, { table, onStart: (signal) => (send = signal) });

    expect({ status: result.status, kind: errorOf(result.json())["kind"] }).toEqual({
      status: 130,
      kind: "interrupted",
    });
    for (const line of result.lines()) expect(fittingBranch(definition, line)).toMatch(/^(error|not_found)$/);
  },
);

test.each(withData.filter(({ definition }) => definition.stdout === "stream"))(
  "[STR-6] [SCH-3] $name: a silent stream writes heartbeats that fit its schema",
  async ({ name, definition }) => {
    const { promise: beaten, resolve: beat } = Promise.withResolvers<void>();
    const table = replaceRun(name, definition, async () => {
      await beaten;
      throw new RangeError("the end");
    });
    const { streamOption } = definition;
    const options = streamOption === undefined ? [] : [`--${streamOption.name}`];
    const { lines } = await run([...name.split(" "), ...validArguments(definition), ...options, "--json"], {
      table,
      heartbeatMs: 1,
      onStdout: (text) => {
        if (text.includes('"heartbeat"')) beat();
      },
    });

    expect(fittingBranch(definition, lines()[0])).toBe("event heartbeat");
    expect(lines()[0]).toMatchObject({ seq: 1, final: false, exit_code: 0 });
  },
);

/** The program's table, but this command does something else. */
function replaceRun(
  name: string,
  definition: AnyCommandDefinition,
  replacement: (context: CommandContext) => Promise<never>,
): CommandTable {
  const [first = "", second] = name.split(" ");
  const row = commandTable[first];
  if (row === undefined) throw new Error(`no command '${first}'`);
  const load = async () => ({ command: { ...definition, run: replacement } });
  if (second === undefined) return { ...commandTable, [first]: { ...row, load } };
  const action = row.actions?.[second];
  if (action === undefined) throw new Error(`no command '${name}'`);
  return { ...commandTable, [first]: { ...row, actions: { ...row.actions, [second]: { ...action, load } } } };
}

/** Arguments that parse, whatever they mean. */
function validArguments({ positionals, options }: AnyCommandDefinition): string[] {
  return [
    ...positionals.filter(({ required }) => required !== false).map(({ name }) => `some-${name.replaceAll("_", "-")}`),
    ...options.flatMap((option) =>
      option.type === "boolean" || option.required !== true
        ? []
        : [`--${option.name}`, option.type === "int" ? "1" : "x"],
    ),
  ];
}
