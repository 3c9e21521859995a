/**
 * Makes the client of this session in one mesh: its stored session key, its memory of received ids, its hello ([MCP-12]). This
 * brings sockets and cryptography with it, so it is loaded after `initialize` can be answered ([MCP-1]).
 */
import { utimes } from "node:fs/promises";
import { MeshClient, openCrypto, type MeshCrypto, type MeshEntry, type ReceivedIds } from "@parlatory/client";
import { createSessionKeyStore, openReceivedIdsFile, sessionFiles } from "@parlatory/client/node";
import type { AgentInfo } from "@parlatory/protocol";
import { homePlatform } from "../server/home-network.ts";
import type { SessionIdentity } from "./session-identity.ts";

export interface SessionClientOptions {
  home: string;
  identity: SessionIdentity;
  cwd: string;
  pid: number;
  parentPid: number;
  version: string;
  /** Shared and filled in later: each hello says what is known by then. */
  agentInfo: AgentInfo;
  nowMs: () => number;
  logWarning: (line: string) => void;
}

export interface SessionClients {
  /** Not connected yet. `fresh`: another process has the stored key. */
  open: (mesh: MeshEntry, fresh: boolean) => Promise<MeshClient>;
  close: () => Promise<void>;
}

const KEEP_ALIVE_MS = 6 * 3_600_000;

export function createSessionClients(options: SessionClientOptions): SessionClients {
  const { home, identity } = options;
  const openFiles = new Set<{ close: () => Promise<void> }>();
  const kept = new Set<() => Promise<unknown>>();
  // Keys unused for 7 days are removed by whichever process starts next; ours is in use.
  const keepAlive = setInterval(() => {
    for (const markUsed of kept) markUsed().catch((cause: Error) => options.logWarning(cause.message));
  }, KEEP_ALIVE_MS);
  keepAlive.unref();
  let shared: Promise<MeshCrypto> | undefined;

  async function receivedIds(meshId: string): Promise<ReceivedIds> {
    const { receivedIds: path } = sessionFiles(home, meshId, identity.agentSessionId);
    const file = await openReceivedIdsFile({ path });
    openFiles.add(file);
    // Absent until something was received.
    kept.add(() => utimes(path, new Date(options.nowMs()), new Date(options.nowMs())).catch(() => undefined));
    return file;
  }

  async function open(mesh: MeshEntry, fresh: boolean): Promise<MeshClient> {
    shared ??= openCrypto();
    const crypto = await shared;
    const keys = createSessionKeyStore({ home, crypto, nowMs: options.nowMs });
    // A session the agent did not name cannot be resumed, so its key is not kept.
    const isKept = identity.agentSessionIsKnown && !fresh;
    const sessionKey = isKept ? await keys.keyOf(mesh.meshId, identity.agentSessionId) : crypto.generateKeyPair();
    if (isKept) {
      kept.add(() => keys.keyOf(mesh.meshId, identity.agentSessionId));
      void keys.removeUnused().catch((cause: Error) => options.logWarning(cause.message));
    }
    return new MeshClient({
      mesh,
      platform: homePlatform({ home }),
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
      agentInfo: options.agentInfo,
      hookToken: identity.hookToken,
      receivedIds: isKept ? await receivedIds(mesh.meshId) : undefined,
      logger: {
        debug: () => undefined,
        info: () => undefined,
        warn: (message, fields) =>
          options.logWarning(`${message}${fields === undefined ? "" : ` ${JSON.stringify(fields)}`}`),
      },
    });
  }

  return {
    open,
    close: async () => {
      clearInterval(keepAlive);
      await Promise.all([...openFiles].map((file) => file.close()));
    },
  };
}
