import {
  RESERVED_GROUP,
  type AgentInfo,
  type ClientFrame,
  type GroupEntry,
  type HelloFrame,
  type PeerStatus,
} from "@parlatory/protocol";
import type { MeshClientOptions } from "../mesh-client-options.ts";

type HelloProfile = Omit<
  HelloFrame,
  | "type"
  | "meshId"
  | "memberId"
  | "pubkey"
  | "sessionPubkey"
  | "timestamp"
  | "signature"
  | "sessionProof"
  | "capabilities"
>;

/**
 * What this presence says about itself, so that it survives reconnects. Name, role and groups go into every hello;
 * summary, status and watches are kept by the broker for a lease ([PRES-1]) and said again when it has forgotten them.
 */
export class OwnProfile {
  readonly #options: MeshClientOptions;
  #agentInfo: AgentInfo | undefined;
  #groups: GroupEntry[] | undefined;
  #summary: string | undefined;
  #status: { status: PeerStatus; source: "hook" | "manual" } | undefined;
  #watches: readonly string[] = [];

  constructor(options: MeshClientOptions) {
    this.#options = options;
    this.#agentInfo = options.agentInfo;
    this.#groups = options.groups?.filter((group) => group.name !== RESERVED_GROUP);
  }

  setGroups(groups: readonly GroupEntry[]): void {
    this.#groups = [...groups];
  }
  setAgentInfo(agentInfo: AgentInfo): void {
    this.#agentInfo = agentInfo;
  }
  setSummary(summary: string): void {
    this.#summary = summary;
  }
  /** `status` is the one in force; a request that was ignored ([STAT-2]) leaves things as they were. */
  setStatus(status: PeerStatus, asked: PeerStatus, source: "hook" | "manual"): void {
    if (status === asked) this.#status = { status, source };
  }
  setWatches(watches: readonly string[]): void {
    this.#watches = watches;
  }

  helloFields(): HelloProfile {
    const { displayName, role, pid, parentPid, cwd, sessionId, claudeSessionId, client, hookToken, presence } =
      this.#options;
    const fields = {
      displayName,
      role,
      pid,
      parentPid,
      cwd,
      sessionId,
      claudeSessionId,
      client,
      hookToken,
      presence,
      groups: presence === "control" ? undefined : this.#groups,
      agentInfo: this.#agentInfo,
    };
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  }

  /** What to say again to a broker that made a new presence. */
  restoringFrames(): ClientFrame[] {
    const frames: ClientFrame[] = [];
    if (this.#summary !== undefined && this.#summary !== "") {
      frames.push({ type: "set_summary", summary: this.#summary });
    }
    for (const key of this.#watches) frames.push({ type: "watch_state", key });
    if (this.#status !== undefined && this.#status.status !== "idle") {
      frames.push({ type: "set_status", ...this.#status });
    }
    return frames;
  }
}
