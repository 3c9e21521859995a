/** The usage error of every command: an option nobody has, or, where unknown options are passed on, a bad value. */
import { listRoutes } from "../../../src/harness/table.ts";
import { commandTable } from "../../../src/commands/index.ts";
import { fails, type OutcomeCase } from "../outcome-case.ts";

const mistakes: Readonly<Record<string, readonly string[]>> = {
  launch: ["--message-mode", "bogus"],
};

export const usageCases: readonly OutcomeCase[] = listRoutes(commandTable).map(({ words, row }) => {
  const command = words.join(" ");
  // A text-only command has no format option: asking for json is the mistake [ARG-10].
  const options = row.format === "none" ? ["--json"] : (mistakes[command] ?? ["--no-such-option"]);
  return fails(command, "parse", (world) => ({ place: world.place(), options }), {
    outcome: "usage-error",
    branches: ["usage_error"],
  });
});
