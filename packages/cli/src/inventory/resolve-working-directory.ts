import { CommandError, isSystemError } from "../harness/error.ts";
import type { CommandContext } from "../harness/context.ts";
import { quoteValue } from "../output/escape.ts";

const fs = process.getBuiltinModule("node:fs");
const path = process.getBuiltinModule("node:path");

/**
 * The absolute path of `--working-directory DIR`, or the current directory where none was given. Errors:
 * `invalid_working_directory` when it is not an existing directory [ERR-3].
 */
export function resolveWorkingDirectory(
  context: Pick<CommandContext, "workingDirectory">,
  given: string | undefined,
): string {
  if (given === undefined) return context.workingDirectory;
  const problem = given === "" ? "it is empty" : describeProblem(path.resolve(context.workingDirectory, given));
  if (problem === undefined) return path.resolve(context.workingDirectory, given);
  throw new CommandError({
    kind: "invalid_working_directory",
    target: given,
    message: `cannot work in ${quoteValue(given)}: ${problem}, expected an existing directory`,
  });
}

function describeProblem(directory: string): string | undefined {
  try {
    const stats = fs.statSync(directory, { throwIfNoEntry: false });
    if (stats === undefined) return "it does not exist";
    return stats.isDirectory() ? undefined : "it is not a directory";
  } catch (error) {
    // Besides failures of the system, a path with a NUL, which Node refuses by itself.
    return isSystemError(error) ? `${error.code} from the system` : "it is not a path";
  }
}
