import { splitWords } from "@parlatory/agents";
import { CommandError } from "../harness/error.ts";
import type { CommandContext } from "../harness/context.ts";
import type { ProgramPlan } from "./run-program.ts";

/** Running a row from within a row has no end, and a server ends only when it is told to [CMD-exec-command-5]. */
const refused: ReadonlyMap<string, string> = new Map([
  ["exec-command", "it would run a row from within a row"],
  ["exec-tool", "it would run a row from within a row"],
  ["up", "it is a server, which does not end by itself"],
  ["mcp", "it is a server, which does not end by itself"],
]);

/** Why a command of `parl` may not be run as a row; undefined when it may. */
export function refuseParlCommand(words: readonly string[]): string | undefined {
  return refused.get(words.join(" "));
}

/**
 * `parl` itself in text mode, `prompt` split into its arguments as a shell would, without any expansion. Errors:
 * `invalid_payload`.
 */
export function parlProgram(
  context: Pick<CommandContext, "program" | "childEnvironment">,
  words: readonly string[],
  { prompt, workingDirectory }: { readonly prompt: string; readonly workingDirectory: string },
): ProgramPlan {
  const args = splitWords(prompt);
  if (args === undefined || prompt.includes("\0")) {
    const problem = args === undefined ? "a quote is not closed" : "it holds a NUL, which no argument can";
    throw new CommandError({
      kind: "invalid_payload",
      target: words.join(" "),
      message: `cannot split the prompt into arguments of \`parl ${words.join(" ")}\`: ${problem}`,
      hint: "separate the arguments by spaces; quote what has spaces with ' or \", or put a \\ before them",
    });
  }
  const { runtime, runtimeArguments, entry } = context.program;
  const { PARL_OUTPUT_FORMAT: _default, ...environment } = context.childEnvironment();
  return {
    program: runtime,
    arguments: [...runtimeArguments, entry, ...words, ...args],
    workingDirectory,
    environment,
  };
}
