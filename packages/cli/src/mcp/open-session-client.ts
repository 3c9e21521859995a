/**
 * Makes the client of this session in one mesh: its stored session key, its memory of received ids, its hello ([MCP-12]). What
 * is heavy (sockets, cryptography) is loaded here and only here, after `initialize` can be answered ([MCP-1]).
 */
import type { MeshClient, MeshCrypto, MeshEntry, ReceivedIds } from "@parlatory/client";
import type { AgentInfo } from "@parlatory/protocol";
import type { SessionIdentity } from "./session-identity.ts";

export interface SessionClientOptions {
  home: string;
  identity: SessionIdentity;
  cwd: string;
  pid: number;
  parentPid: number;
  version: string;
  agentInfo: () => AgentInfo;
  nowMs: () => number;
  logWarning: (line: string) => void;
}

export interface SessionClients {
  /** Not connected yet. `fresh`: another process has the stored key. */
  open: (mesh: MeshEntry, fresh: boolean) => Promise<MeshClient>;
  close: () => Promise<void>;
}

export function createSessionClients(options: SessionClientOptions): SessionClients {
  const { home, identity } = options;
  const openFiles = new Set<{ close: () => Promise<void> }>();
  let shared: Promise<MeshCrypto> | undefined;

  async function receivedIds(meshId: string): Promise<ReceivedIds> {
    const { openReceivedIdsFile, sessionFiles } = await import("@parlatory/client/node");
    const file = await openReceivedIdsFile({ path: sessionFiles(home, meshId, identity.agentSessionId).receivedIds });
    openFiles.add(file);
    return file;
  }

  async function open(mesh: MeshEntry, fresh: boolean): Promise<MeshClient> {
    const [{ MeshClient, openCrypto }, { createNodePlatform, createSessionKeyStore }] = await Promise.all([
      import("@parlatory/client"),
      import("@parlatory/client/node"),
    ]);
    shared ??= openCrypto();
    const crypto = await shared;
    const keys = createSessionKeyStore({ home, crypto, nowMs: options.nowMs });
    // A session the agent did not name cannot be resumed, so its key is not kept.
    const isKept = identity.agentSessionIsKnown && !fresh;
    const sessionKey = isKept ? await keys.keyOf(mesh.meshId, identity.agentSessionId) : crypto.generateKeyPair();
    if (isKept) void keys.removeUnused().catch((cause: Error) => options.logWarning(cause.message));
    return new MeshClient({
      mesh,
      platform: createNodePlatform(),
      crypto,
      sessionKey,
      displayName: identity.displayName,
      role: identity.role,
      groups: identity.groups,
      cwd: options.cwd,
      pid: options.pid,
      parentPid: options.parentPid,
      claudeSessionId: identity.agentSessionId,
      client: { name: "parl", version: options.version },
      agentInfo: options.agentInfo(),
      hookToken: identity.hookToken,
      receivedIds: isKept ? await receivedIds(mesh.meshId) : undefined,
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: (message, fields) => options.logWarning(`${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`),
      },
    });
  }

  return {
    open,
    close: async () => {
      await Promise.all([...openFiles].map((file) => file.close()));
    },
  };
}
