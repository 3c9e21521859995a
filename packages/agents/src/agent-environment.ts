/** What a surrounding agent session leaves in the environment of the programs it starts; an agent of ours is no part of it. */
const ofAnotherSession: ReadonlySet<string> = new Set([
  "CLAUDECODE",
  "CLAUDE_CODE_ENTRYPOINT",
  "CLAUDE_CODE_SESSION_ID",
  "CLAUDE_CODE_MESSAGING_SOCKET",
  "CLAUDE_CODE_MESSAGING_TOKEN",
  "CLAUDE_PROJECT_DIR",
]);

/** Names under which a password may stand; addresses of databases and brokers have it in them. */
const secret = /^PARL_(.*(TOKEN|SECRET|PASSWORD|KEY)|DATABASE_URL|NATS_URL)/;

/**
 * What an agent gets of its host's environment: all of it but what another session left there and secrets of Parlatory's,
 * which a model's tools would find [AGENT-8].
 */
export function agentEnvironment(host: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(host)) {
    if (value !== undefined && !ofAnotherSession.has(name) && !secret.test(name)) environment[name] = value;
  }
  return environment;
}
