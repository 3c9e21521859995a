import type { CommandContext } from "../harness/context.ts";
import type { ProjectRunner } from "../inventory/inventory.ts";
import type { ProgramPlan } from "./run-program.ts";

/** The target is one argument, never an option. */
const commandLines: Readonly<Record<ProjectRunner, (target: string) => readonly string[]>> = {
  make: (target) => ["make", "--", target],
  npm: (target) => ["npm", "run", "--", target],
  just: (target) => ["just", "--", target],
  // `--` of task begins the arguments of the target; a name that looks like an option cannot be run at all.
  task: (target) => ["task", target],
};

/** Linux refuses a variable of 128 KiB, its name, `=` and the final NUL included. */
const maxVariableBytes = 128 * 1024 - "PARL_PROMPT=".length - 2;

/**
 * A target of the project, `prompt` in `PARL_PROMPT` and on stdin and nowhere else [CMD-exec-command-5]. A prompt that no
 * variable can hold is on stdin alone, which a warning says.
 */
export function projectProgram(
  context: Pick<CommandContext, "childEnvironment" | "warn">,
  { runner, target }: { readonly runner: ProjectRunner; readonly target: string },
  { prompt, workingDirectory }: { readonly prompt: string; readonly workingDirectory: string },
): ProgramPlan {
  const [program = runner, ...args] = commandLines[runner](target);
  const { PARL_PROMPT: _outer, ...environment } = context.childEnvironment();
  const fits = !prompt.includes("\0") && Buffer.byteLength(prompt) <= maxVariableBytes;
  if (fits) environment["PARL_PROMPT"] = prompt;
  else {
    const reason = prompt.includes("\0") ? "holds a NUL" : `is longer than ${maxVariableBytes} bytes`;
    context.warn("prompt_variable_omitted", `the prompt ${reason}: it is on stdin only, PARL_PROMPT is not set`);
  }
  return { program, arguments: args, workingDirectory, environment, input: prompt };
}
