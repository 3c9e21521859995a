/**
 * Every environment variable a command may look at, by the name under which `context.env` offers it. `bin.ts` picks
 * exactly these; add a row here rather than reading the environment anywhere else.
 */
export const environmentVariables = {
  outputFormat: "PARL_OUTPUT_FORMAT",
  home: "PARL_HOME",
  clock: "PARL_CLOCK",
  seedIds: "PARL_SEED_IDS",
  testEngine: "PARL_TEST_ENGINE",
  validate: "PARL_VALIDATE",
  inventory: "PARL_INVENTORY",
  noColor: "NO_COLOR",
  term: "TERM",
  mesh: "PARL_MESH",
  url: "PARL_URL",
  token: "PARL_TOKEN",
  databaseUrl: "PARL_DATABASE_URL",
  publicUrl: "PARL_PUBLIC_URL",
  displayName: "PARL_DISPLAY_NAME",
  role: "PARL_ROLE",
  groups: "PARL_GROUPS",
  messageMode: "PARL_MESSAGE_MODE",
  hookToken: "PARL_HOOK_TOKEN",
  stopChainMax: "PARL_STOP_CHAIN_MAX",
  claude: "PARL_CLAUDE",
  claudeProjectDir: "CLAUDE_PROJECT_DIR",
  claudeConfigDir: "CLAUDE_CONFIG_DIR",
  claudeCodeSessionId: "CLAUDE_CODE_SESSION_ID",
  claudeCodeMessagingSocket: "CLAUDE_CODE_MESSAGING_SOCKET",
  claudeCodeMessagingToken: "CLAUDE_CODE_MESSAGING_TOKEN",
  user: "USER",
  path: "PATH",
} as const;

export type EnvironmentKey = keyof typeof environmentVariables;
export type EnvironmentVariable = (typeof environmentVariables)[EnvironmentKey];

/** The picked values; a variable that is unset is `undefined`, one set to nothing is `""`. */
export type CommandEnvironment = Readonly<Record<EnvironmentKey, string | undefined>>;

export function pickEnvironment(source: Readonly<Record<string, string | undefined>>): CommandEnvironment {
  const picked = {} as Record<EnvironmentKey, string | undefined>;
  for (const key of Object.keys(environmentVariables) as EnvironmentKey[]) {
    picked[key] = source[environmentVariables[key]];
  }
  return picked;
}
