import { createDriver, findClaude, parseAcpQuirks, splitWords, type Driver, type DriverHost } from "@parlatory/agents";
import { createRemoteEchoDriver } from "@parlatory/agents/remote-echo";
import { ConfigError, type Environment } from "./config.ts";
import type { AgentConfig } from "./remote-config.ts";
import type { ConfiguredAgent } from "./sessions/runs/run-options.ts";

/** Titles want a small model where the configuration names none ([SESS-5]). */
const CLAUDE_NAMING_MODEL = "haiku";

/** Agents that are there without configuration; an entry of the same name takes their place. */
const BUILT_IN: Readonly<Record<string, AgentConfig>> = {
  claude: { driver: "claude", env: {} },
  echo: { driver: "echo", env: {} },
};

/** The agents of the configuration with their drivers ([AGENT-1]). Raises ConfigError. */
export async function createConfiguredAgents(options: {
  readonly agents: Readonly<Record<string, AgentConfig>>;
  readonly environment: Environment;
  readonly randomUuid: () => string;
}): Promise<ConfiguredAgent[]> {
  const { agents, environment, randomUuid } = options;
  const entries = Object.entries({ ...BUILT_IN, ...agents });
  return Promise.all(
    entries.map(async ([name, { driver, command, env, model, quirks }]): Promise<ConfiguredAgent> => {
      const program = driver === "claude" && command !== undefined ? { PARL_CLAUDE_PATH: command } : {};
      const host = { environment: { ...environment, ...program }, randomUuid };
      return {
        name,
        driver: await toDriver(name, { driver, command, quirks }, host),
        model,
        environment: env,
        canNameSessions: driver !== "echo",
        ...(driver === "claude"
          ? { namingModel: model ?? CLAUDE_NAMING_MODEL, fingerprint: () => Promise.resolve(fingerprintOf(host)) }
          : {}),
      };
    }),
  );
}

/** Of the program that stands there now: another one is probed again ([AGENT-6]). */
function fingerprintOf({ environment }: DriverHost): string {
  const search = findClaude(environment);
  return search.ok ? search.found.fingerprint : search.reason;
}

async function toDriver(
  name: string,
  { driver, command, quirks }: Pick<AgentConfig, "driver" | "command" | "quirks">,
  host: DriverHost,
): Promise<Driver> {
  if (driver === "echo") return createRemoteEchoDriver(host);
  if (driver === "claude") return createDriver({ agent: "claude" }, host);
  const [program, ...args] = splitWords(command ?? "") ?? [];
  if (program === undefined) {
    throw new ConfigError(`agents.${name}.command`, "must be a command line whose quotes are closed");
  }
  const parsed = parseAcpQuirks(quirks ?? {});
  if (!parsed.ok) throw new ConfigError(`agents.${name}.quirks`, parsed.problem);
  return createDriver({ agent: "acp", command: [program, ...args], quirks: parsed.quirks }, host);
}
