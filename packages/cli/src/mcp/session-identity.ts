/** Who this session is: what `parl launch` put into the environment ([CLI-34]), what the config holds, what can be detected. */
import type { GroupEntry } from "@parlatory/protocol";
import type { Config, JoinedMesh } from "../config/config.ts";
import { isMesh } from "./mesh-connections.ts";
import { parseMessageMode, type MessageMode } from "./message-mode.ts";
import { sessionSocketAddress, type SessionSocketAddress } from "./ways-in/session-socket.ts";

export interface SessionIdentity {
  /** The agent's own session id; random for this process when the agent did not say it ([MCP-12]). */
  agentSessionId: string;
  agentSessionIsKnown: boolean;
  /** Slug or id of the mesh `launch` chose; then there is no other. */
  chosenMesh: string | undefined;
  displayName: string | undefined;
  role: string | undefined;
  groups: readonly GroupEntry[];
  mode: MessageMode;
  hookToken: string;
  stopChainMax: number;
  sessionSocket: SessionSocketAddress | undefined;
  /** What could not be used, one line each. */
  warnings: readonly string[];
}

export interface IdentityEnvironment {
  mesh: string | undefined;
  displayName: string | undefined;
  role: string | undefined;
  groups: string | undefined;
  messageMode: string | undefined;
  hookToken: string | undefined;
  stopChainMax: string | undefined;
  claudeCodeSessionId: string | undefined;
  claudeCodeMessagingSocket: string | undefined;
  claudeCodeMessagingToken: string | undefined;
}

/** What is needed of the config file. */
export type IdentityDefaults = Pick<Config, "displayName" | "role" | "groups" | "messageMode"> & {
  readonly meshes: readonly Pick<JoinedMesh, "slug" | "meshId">[];
};

const HOOK_TOKEN = /^[A-Za-z0-9_-]{32,128}$/;
const DEFAULT_STOP_CHAIN_MAX = 3;
const MAX_SESSION_ID_CHARS = 128;

export function readSessionIdentity(
  env: IdentityEnvironment,
  defaults: IdentityDefaults,
  tools: {
    parseGroups: (text: string) => { ok: true; groups: GroupEntry[] } | { ok: false; entry: string; reason: string };
    randomText: () => string;
  },
): SessionIdentity {
  const warnings: string[] = [];
  const given = (text: string | undefined): string | undefined =>
    text === undefined || text.trim() === "" ? undefined : text;

  const wantedMesh = given(env.mesh);
  const isJoined = wantedMesh === undefined || defaults.meshes.some((mesh) => isMesh(mesh, wantedMesh));
  if (!isJoined) warnings.push(`PARL_MESH names '${wantedMesh}', which is not joined any more; it is ignored`);

  const groupList = tools.parseGroups(given(env.groups) ?? given(defaults.groups) ?? "");
  if (!groupList.ok) warnings.push(`the groups are ignored: '${groupList.entry}': ${groupList.reason}`);

  const wantedMode = given(env.messageMode) ?? given(defaults.messageMode);
  const mode = parseMessageMode(wantedMode);
  if (wantedMode !== undefined && mode === undefined) {
    warnings.push(`the message mode '${wantedMode}' is none of push, inbox, off; push is used`);
  }

  const wantedToken = given(env.hookToken);
  const hasToken = wantedToken !== undefined && HOOK_TOKEN.test(wantedToken);
  if (wantedToken !== undefined && !hasToken) {
    warnings.push("PARL_HOOK_TOKEN is not 32 to 128 characters of A-Z a-z 0-9 _ -; another one is made");
  }

  const chain = Number(given(env.stopChainMax) ?? DEFAULT_STOP_CHAIN_MAX);
  const agentSessionId = given(env.claudeCodeSessionId)?.slice(0, MAX_SESSION_ID_CHARS);
  return {
    agentSessionId: agentSessionId ?? tools.randomText(),
    agentSessionIsKnown: agentSessionId !== undefined,
    chosenMesh: isJoined ? wantedMesh : undefined,
    displayName: given(env.displayName) ?? given(defaults.displayName),
    role: given(env.role) ?? given(defaults.role),
    groups: groupList.ok ? groupList.groups : [],
    mode: mode ?? "push",
    hookToken: hasToken ? wantedToken : tools.randomText(),
    stopChainMax: Number.isInteger(chain) && chain >= 0 ? chain : DEFAULT_STOP_CHAIN_MAX,
    sessionSocket: sessionSocketAddress(env.claudeCodeMessagingSocket, env.claudeCodeMessagingToken),
    warnings,
  };
}
