import type { PermissionMode } from "../capabilities.ts";

/** Where an agent differs from what it says of itself, or from the others. Every row was seen on the named version. */
export interface AcpQuirks {
  /** Name of the agent in its `initialize` answer, or else the file name of its program. */
  readonly agent: RegExp;
  /** The version or versions it was seen on. */
  readonly seenOn: string;
  /** It offers `session/load`, but that fails and erases the session. */
  readonly loadIsBroken?: true;
  /** Needed in its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Its own names of our modes, best first; a mode it does not offer is passed over. */
  readonly modes?: Partial<Readonly<Record<PermissionMode, readonly string[]>>>;
  /** After a cancel the next prompt returns empty, and its answer is shown in the one after: the session is spoiled. */
  readonly cancelSpoilsSession?: true;
  /** A refused tool ends the turn, with the stop reason `cancelled` in some of them although nobody cancelled. */
  readonly rejectEndsTurn?: true;
  /** `inputTokens` counts cache reads too. */
  readonly inputIncludesCacheReads?: true;
}

const quirks: readonly AcpQuirks[] = [
  { agent: /^(@zed-industries\/)?claude-code-acp$/, seenOn: "0.16.2", rejectEndsTurn: true },
  {
    agent: /^@zed-industries\/claude-agent-acp$/,
    seenOn: "0.23.1",
    cancelSpoilsSession: true,
  },
  {
    agent: /codex-acp$/,
    seenOn: "2.6.0, and 0.16.0 of zed's",
    // Its mode `agent` asks a reviewing model instead of the client.
    modes: {
      default: ["workspace-write", "auto"],
      plan: ["read-only"],
      bypassPermissions: ["agent-full-access", "full-access", "danger-full-access"],
    },
    inputIncludesCacheReads: true,
    rejectEndsTurn: true,
  },
  {
    agent: /^gemini(-cli)?$/,
    seenOn: "0.61.0",
    loadIsBroken: true,
    environment: { GEMINI_CLI_NO_RELAUNCH: "true" },
    modes: { acceptEdits: ["autoEdit"], bypassPermissions: ["yolo"] },
  },
  { agent: /^opencode$/i, seenOn: "1.18.33", rejectEndsTurn: true, modes: { default: ["build"] } },
];

const none: AcpQuirks = { agent: /^$/, seenOn: "" };

export function quirksOf(agent: string): AcpQuirks {
  return quirks.find((row) => row.agent.test(agent)) ?? none;
}
