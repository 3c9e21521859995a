import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { findAgentProgram } from "../launch/agent-program.ts";
import { passed, warned, type Check } from "./check.ts";

/** `parl launch` needs it; everything else works without. */
export async function checkAgentProgram(context: CommandContext): Promise<Check> {
  try {
    return passed("agent", await findAgentProgram(context));
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    return warned(
      "agent",
      thrown.message.replace(/^cannot start an agent: /u, ""),
      thrown.options.hint ?? "install an agent program",
    );
  }
}
