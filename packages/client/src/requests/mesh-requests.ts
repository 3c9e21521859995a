import type {
  AgentInfo,
  GroupEntry,
  Memory,
  MessageStatusResult,
  Peer,
  PeerStatus,
  StateEntry,
} from "@parlatory/protocol";
import type { OwnProfile } from "../connection/own-profile.ts";
import type { RequestTable } from "./request-table.ts";

export interface PeerFilter {
  group?: string | undefined;
  includeOffline?: boolean | undefined;
}

export interface MemoryFilter {
  limit?: number | undefined;
  tags?: readonly string[] | undefined;
}

export interface MemoryPage {
  limit?: number | undefined;
  before?: string | undefined;
}

/** The requests of sections 4 and 6-11 with typed replies. Each rejects with `MeshRequestError`. */
export class MeshRequests {
  readonly #table: RequestTable;
  readonly #profile: OwnProfile;

  constructor(table: RequestTable, profile: OwnProfile) {
    this.#table = table;
    this.#profile = profile;
  }

  /** Asks for held mail; the messages arrive as `message` events before this resolves ([DLV-18]). `max` 1-500, default 50. */
  async pull(max?: number): Promise<{ count: number; remaining: number }> {
    const { count, remaining } = await this.#table.request({ type: "pull", ...given({ max }) }, "pull_result");
    return { count, remaining };
  }

  /** The ledger of one message ([DLV-16]). */
  async messageStatus(messageId: string): Promise<MessageStatusResult> {
    return await this.#table.request({ type: "message_status", messageId }, "message_status_result");
  }

  /** Oneself included, oldest connection first ([PEER-1]). */
  async listPeers(filter: PeerFilter = {}): Promise<Peer[]> {
    return (await this.#table.request({ type: "list_peers", ...given(filter) }, "peers_list")).peers;
  }

  /** Resolves with the status in force afterwards, which a hook cannot always change ([STAT-2]). */
  async setStatus(status: PeerStatus, source: "hook" | "manual" = "manual"): Promise<PeerStatus> {
    const inForce = (await this.#table.request({ type: "set_status", status, source }, "ok")).status ?? status;
    this.#profile.setStatus(inForce, status, source);
    return inForce;
  }

  /** At most 1,024 characters; empty clears ([PEER-4]). */
  async setSummary(summary: string): Promise<void> {
    await this.#table.request({ type: "set_summary", summary }, "ok");
    this.#profile.setSummary(summary);
  }

  async setAgentInfo(agentInfo: AgentInfo): Promise<void> {
    await this.#table.request({ type: "set_agent_info", agentInfo }, "ok");
    this.#profile.setAgentInfo(agentInfo);
  }

  /** Resolves with all groups of this presence ([GRP-4]). */
  async joinGroup(name: string, role?: string): Promise<GroupEntry[]> {
    return this.#keepGroups((await this.#table.request({ type: "join_group", name, ...given({ role }) }, "ok")).groups);
  }

  /** Resolves with the groups that are left ([GRP-4]). */
  async leaveGroup(name: string): Promise<GroupEntry[]> {
    return this.#keepGroups((await this.#table.request({ type: "leave_group", name }, "ok")).groups);
  }

  /** A missing key has version 0 and value null ([STATE-5]). */
  async getState(key: string): Promise<StateEntry> {
    return entryOf(await this.#table.request({ type: "get_state", key }, "state_result"));
  }

  /** `null` deletes. With `ifVersion` a conflict rejects `version_conflict` with `detail.current` ([STATE-3]). */
  async setState(key: string, value: unknown, ifVersion?: number): Promise<StateEntry> {
    return entryOf(
      await this.#table.request({ type: "set_state", key, value, ...given({ ifVersion }) }, "state_result"),
    );
  }

  async listState(prefix?: string): Promise<StateEntry[]> {
    return (await this.#table.request({ type: "list_state", ...given({ prefix }) }, "state_list")).entries;
  }

  /** Exact key, or prefix when it ends in `*` ([STATE-8]). Set again after reconnects. Resolves with all patterns. */
  async watchState(key: string): Promise<string[]> {
    return this.#keepWatches((await this.#table.request({ type: "watch_state", key }, "ok")).watching);
  }

  async unwatchState(key: string): Promise<string[]> {
    return this.#keepWatches((await this.#table.request({ type: "unwatch_state", key }, "ok")).watching);
  }

  /** Resolves with the id of the memory ([MEM-1]). */
  async remember(content: string, tags?: readonly string[]): Promise<string> {
    return (await this.#table.request({ type: "remember", content, ...tagList(tags) }, "memory_stored")).id;
  }

  async recall(query: string, { limit, tags }: MemoryFilter = {}): Promise<Memory[]> {
    return (
      await this.#table.request({ type: "recall", query, ...given({ limit }), ...tagList(tags) }, "memory_results")
    ).memories;
  }

  /** `next` is what to pass as `before`, or null at the end ([MEM-4]). */
  async listMemories(page: MemoryPage = {}): Promise<{ memories: Memory[]; next: string | null }> {
    const { memories, next } = await this.#table.request({ type: "list_memories", ...given(page) }, "memory_list");
    return { memories, next };
  }

  /** Full id or a unique prefix of at least 6 characters ([MEM-5]). */
  async forget(memoryId: string): Promise<void> {
    await this.#table.request({ type: "forget", memoryId }, "ok");
  }

  #keepGroups(groups: GroupEntry[] = []): GroupEntry[] {
    this.#profile.setGroups(groups);
    return groups;
  }

  #keepWatches(watching: string[] = []): string[] {
    this.#profile.setWatches(watching);
    return watching;
  }
}

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** Leaves out what was not given: an absent field and `undefined` are the same to callers, not to the types of frames. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<Fields>;
}

function tagList(tags: readonly string[] | undefined): { tags?: string[] } {
  return tags === undefined ? {} : { tags: [...tags] };
}

function entryOf({ key, value, updatedBy, updatedAt, version }: StateEntry): StateEntry {
  return { key, value, updatedBy, updatedAt, version };
}
