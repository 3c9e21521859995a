import { join } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { findProgram } from "./find-program.ts";
import { givenText } from "./launch-answers.ts";

/** Absolute path of `claude`, or of what `PARL_CLAUDE` names [CLI-33]. Errors: `engine_unavailable`. */
export async function findAgentProgram({ env, userHome, workingDirectory }: CommandContext): Promise<string> {
  const named = givenText(env.claude);
  // Its own installer may put it where only an alias of the shell points to.
  const alsoIn = named === undefined ? [join(userHome, ".local", "bin"), join(userHome, ".claude", "local")] : [];
  const found = await findProgram(named ?? "claude", { path: env.path, workingDirectory, alsoIn });
  if (found !== undefined) return found;
  throw new CommandError({
    kind: "engine_unavailable",
    target: named ?? "claude",
    message:
      named === undefined
        ? "cannot start an agent: there is no program `claude` on PATH"
        : `cannot start an agent: PARL_CLAUDE names '${named}', which is no program that can be run`,
    hint:
      named === undefined
        ? "install it with `npm install -g @anthropic-ai/claude-code`, or name the program in PARL_CLAUDE; `parl launch --agent echo` needs none"
        : "correct PARL_CLAUDE, or unset it to use `claude`",
  });
}
