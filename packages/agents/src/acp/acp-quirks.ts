import { isRecord, type JsonRecord } from "../json-fields.ts";
import { PERMISSION_MODES, type PermissionMode } from "../capabilities.ts";

/** Where an agent differs from what it says of itself, or from the others [AGENT-14]. */
export interface AcpQuirks {
  /** It offers `session/load`, but that fails and erases the session. */
  readonly loadIsBroken?: boolean | undefined;
  /** Needed in its environment. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Its own names of our modes, best first; a mode it does not offer is passed over. */
  readonly modes?: Partial<Readonly<Record<PermissionMode, readonly string[]>>> | undefined;
  /** After a cancel the next prompt returns empty, and its answer is shown in the one after: the session is spoiled. */
  readonly cancelSpoilsSession?: boolean | undefined;
  /** A refused tool ends the turn, with the stop reason `cancelled` in some of them although nobody cancelled. */
  readonly rejectEndsTurn?: boolean | undefined;
  /** `inputTokens` counts cache reads too. */
  readonly inputIncludesCacheReads?: boolean | undefined;
  /** A new session takes `_meta.systemPrompt.append`. */
  readonly appendsSystemPrompt?: boolean | undefined;
}

interface QuirkRow {
  /** Name of the agent in its `initialize` answer, or else the file name of its program. */
  readonly agent: RegExp;
  /** The version or versions it was seen on. */
  readonly seenOn: string;
  readonly quirks: AcpQuirks;
}

const rows: readonly QuirkRow[] = [
  { agent: /^(@zed-industries\/)?claude-code-acp$/, seenOn: "0.16.2", quirks: { rejectEndsTurn: true } },
  {
    agent: /^@agentclientprotocol\/claude-agent-acp$/,
    seenOn: "0.100.0",
    quirks: { appendsSystemPrompt: true },
  },
  { agent: /^@zed-industries\/claude-agent-acp$/, seenOn: "0.23.1", quirks: { cancelSpoilsSession: true } },
  {
    agent: /codex-acp$/,
    seenOn: "2.6.0, and 0.16.0 of zed's",
    quirks: {
      // Its mode `agent` asks a reviewing model instead of the client.
      modes: {
        default: ["workspace-write", "auto"],
        plan: ["read-only"],
        bypassPermissions: ["agent-full-access", "full-access", "danger-full-access"],
      },
      inputIncludesCacheReads: true,
      rejectEndsTurn: true,
    },
  },
  {
    agent: /^gemini(-cli)?$/,
    seenOn: "0.61.0",
    quirks: {
      loadIsBroken: true,
      environment: { GEMINI_CLI_NO_RELAUNCH: "true" },
      modes: { acceptEdits: ["autoEdit"], bypassPermissions: ["yolo"] },
    },
  },
  { agent: /^opencode$/i, seenOn: "1.18.33", quirks: { rejectEndsTurn: true, modes: { default: ["build"] } } },
];

/** The row of an agent, and over it what the configuration says of this one. */
export function quirksOf(agent: string, configured: AcpQuirks = {}): AcpQuirks {
  const known = rows.find((row) => row.agent.test(agent))?.quirks ?? {};
  return {
    ...known,
    ...configured,
    environment: { ...known.environment, ...configured.environment },
    modes: { ...known.modes, ...configured.modes },
  };
}

export type AcpQuirksResult =
  | { readonly ok: true; readonly quirks: AcpQuirks }
  | { readonly ok: false; readonly problem: string };

/** The flags by their names in a configuration. */
const flags = {
  load_is_broken: "loadIsBroken",
  cancel_spoils_session: "cancelSpoilsSession",
  reject_ends_turn: "rejectEndsTurn",
  input_includes_cache_reads: "inputIncludesCacheReads",
  appends_system_prompt: "appendsSystemPrompt",
} as const satisfies Record<string, keyof AcpQuirks>;

/** Reads `agents.<name>.quirks` of a configuration; the names are those of the rows, with underscores. */
export function parseAcpQuirks(value: unknown): AcpQuirksResult {
  const refuse = (problem: string): AcpQuirksResult => ({ ok: false, problem });
  if (!isRecord(value)) return refuse("must be an object");
  const { environment, modes, ...rest } = value;
  const quirks: { -readonly [K in keyof AcpQuirks]: AcpQuirks[K] } = {};
  for (const [name, given] of Object.entries(rest)) {
    if (!Object.hasOwn(flags, name)) {
      return refuse(`${name} is no quirk (known: ${[...Object.keys(flags), "environment", "modes"].join(", ")})`);
    }
    if (typeof given !== "boolean") return refuse(`${name} must be true or false`);
    quirks[flags[name as keyof typeof flags]] = given;
  }
  if (environment !== undefined) {
    if (!isTexts(environment)) return refuse("environment must be an object of texts");
    quirks.environment = environment;
  }
  if (modes !== undefined) {
    quirks.modes = readModes(modes);
    if (quirks.modes === undefined) {
      return refuse(`modes must have lists of names for some of ${PERMISSION_MODES.join(", ")}`);
    }
  }
  return { ok: true, quirks };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((item) => typeof item === "string");
}

function readModes(value: unknown): AcpQuirks["modes"] {
  if (!isRecord(value)) return undefined;
  const modes: Partial<Record<PermissionMode, readonly string[]>> = {};
  for (const [name, names] of Object.entries(value as JsonRecord)) {
    const mode = PERMISSION_MODES.find((known) => known === name);
    if (mode === undefined || !isNames(names)) return undefined;
    modes[mode] = names;
  }
  return modes;
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
