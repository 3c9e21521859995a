/** Every refusal that a command shares with others, in both argument orders; see `refusal-cases.ts`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { errorOf, run } from "../support/run-in-process.ts";
import { definitions } from "./definitions.ts";
import { fittingBranch } from "./envelope-check.ts";
import { refusalCasesOf, type RefusalCase } from "./refusal-cases.ts";
import { argumentOrders, arrange } from "./run-outcome.ts";
import { World } from "./world/world.ts";

const world = new World();
const refusals = [...definitions.values()].flatMap((definition) => refusalCasesOf(definition));
const commands = [...new Set(refusals.map(({ command }) => command))];

beforeAll(() => world.startServer());
afterAll(() => world.close());

// Side by side, because a few wait seconds for a server before they give it up.
describe.concurrent.each(commands)("%s", (command) => {
  test.each(refusals.filter((refusal) => refusal.command === command))(
    "[SCH-3] [ERR-1] [ENV-5] $command: $kind",
    async (refusal) => {
      await Promise.all(argumentOrders.map((order) => expectRefusal(refusal, order)));
    },
  );
});

async function expectRefusal(
  { command, kind, call }: RefusalCase,
  order: (typeof argumentOrders)[number],
): Promise<void> {
  const { place, env, ...given } = await call(world);
  const result = await run(arrange(command, given, { order, json: true }), {
    table: commandTable,
    home: place.home,
    userHome: place.directory,
    workingDirectory: place.work,
    live: true,
    env: { USER: "tester", ...env },
  });
  const envelope = result.json();
  const definition = definitions.get(command);
  expect({
    order,
    stderr: result.stderr,
    kind: errorOf(envelope)["kind"],
    message: errorOf(envelope)["message"],
  }).toEqual({
    order,
    stderr: "",
    kind,
    message: expect.any(String) as string,
  });
  expect(envelope["exit_code"]).toBe(result.status);
  if (definition !== undefined) for (const line of result.lines()) fittingBranch(definition, line);
}
