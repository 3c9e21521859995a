/** Tells a command, and the server that finds its processes again, which run it is ([CMD-10]). */
export const COMMAND_SESSION_VARIABLE = "PARL_COMMAND_SESSION_ID";

/** Of our own variables these hold no secret and are of use to programs that talk to the server. */
const harmless = new Set(["PARL_HOME", "PARL_HOST", "PARL_PORT", "PARL_PUBLIC_URL", "PARL_LOG_LEVEL"]);

/** The server's environment without what only the server may know: keys, tokens, addresses with passwords ([CMD-10]). */
export function commandEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (!name.startsWith("PARL_") || harmless.has(name))) result[name] = value;
  }
  return { ...result, ...added };
}
