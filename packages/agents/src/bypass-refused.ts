import { AgentError } from "./agent-error.ts";

/** Whoever starts the agent did not allow that mode [AGENT-7]. */
export function bypassRefused(agent: string): AgentError {
  return new AgentError({
    kind: "engine_unsupported",
    target: "bypassPermissions",
    message: `start ${agent} with the permission mode bypassPermissions: it is not allowed here`,
    hint: "choose another permission mode, or allow this one in the configuration",
  });
}
