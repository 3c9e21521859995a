import {
  MEMORY_ID_PATTERN,
  MESH_LIMITS,
  WireError,
  createTimeOrderedId,
  type MemberId,
  type Memory,
  type MemoryId,
  type MeshId,
  type PublicKey,
} from "@parlatory/protocol";
import type { MemoryRow, RecalledMemory, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Audit } from "./audit.ts";
import type { BoardMetrics } from "./board-metrics.ts";
import type { Directory } from "./directory.ts";
import type { EventLog } from "./event-log.ts";
import type { Clock, RandomBytes, Scheduler } from "../ports.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MIN_PREFIX_CHARS = 6;
const MAX_QUERY_CHARS = 4_096;

/** Who remembers or forgets; a presence is one. */
export interface MemoryAuthor {
  meshId: MeshId;
  /** Empty for a token, which is no member. */
  memberId: MemberId;
  memberPubkey: PublicKey;
  displayName: string;
}

export interface MemoryBoardOptions {
  store: Pick<Store, "addMemory" | "recall" | "listMemories" | "forget">;
  clock: Clock;
  scheduler: Scheduler;
  randomBytes: RandomBytes;
  directory: Pick<Directory, "member">;
  events: Pick<EventLog, "emit">;
  audit: Pick<Audit, "note">;
  metrics: BoardMetrics;
  /** Default 100,000 ([MEM-1]). */
  maxMemories?: number | undefined;
  answerMs?: number | undefined;
}

/** Mesh-wide memory: checks, authors and notices; the search itself is the store's. */
export class MemoryBoard {
  readonly #options: MemoryBoardOptions;
  readonly #maxMemories: number;
  readonly #deadline: AnswerDeadline;

  constructor(options: MemoryBoardOptions) {
    this.#options = options;
    this.#maxMemories = options.maxMemories ?? MESH_LIMITS.memories;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /** Stores a text ([MEM-1]). Raises `bad_request`, `value_too_large`, `limit_reached`, `storage_unavailable`. */
  async remember(author: MemoryAuthor, content: string, tags: readonly string[] = []): Promise<{ id: MemoryId }> {
    if (content === "") throw new WireError("bad_request", "`content` is empty", { field: "content" });
    if (Buffer.byteLength(content) > MESH_LIMITS.memoryBytes) {
      throw new WireError("value_too_large", undefined, { field: "content", limit: MESH_LIMITS.memoryBytes });
    }
    checkTags(tags);
    const { clock, randomBytes, store } = this.#options;
    const now = clock.now();
    const memory: MemoryRow = {
      id: createTimeOrderedId(now, randomBytes) as MemoryId,
      meshId: author.meshId,
      content,
      tags: [...tags],
      memberId: author.memberId,
      memberPubkey: author.memberPubkey,
      rememberedBy: author.displayName,
      rememberedAt: now,
    };
    const outcome = await this.#deadline.within(() => store.addMemory(memory, this.#maxMemories));
    if (outcome === "limit") throw new WireError("limit_reached", undefined, { limit: this.#maxMemories });
    this.#options.metrics.memoryStored();
    this.#options.events.emit(author.meshId, "memory_stored", {
      id: memory.id,
      tags: memory.tags,
      remembered_by: memory.rememberedBy,
      remembered_at: new Date(now).toISOString(),
    });
    return { id: memory.id };
  }

  /** Best matches first ([MEM-2], [MEM-3]). Raises `bad_request`, `storage_unavailable`. */
  async recall(meshId: MeshId, query: string, tags: readonly string[] = [], limit = DEFAULT_LIMIT): Promise<Memory[]> {
    checkTags(tags);
    checkLimit(limit);
    // No query text is an error; the words of a longer one than this are more than any memory can match.
    const request = { meshId, query: query.slice(0, MAX_QUERY_CHARS), tags, limit };
    const found = await this.#deadline.within(() => this.#options.store.recall(request));
    return found.map((memory) => ({ ...toMemory(memory), score: memory.score }));
  }

  /** Newest first; `next` is to be passed as `before` ([MEM-4]). Raises `bad_request`, `storage_unavailable`. */
  async list(
    meshId: MeshId,
    limit = DEFAULT_LIMIT,
    before?: string,
    tags: readonly string[] = [],
  ): Promise<{ memories: Memory[]; next: string | null }> {
    checkTags(tags);
    checkLimit(limit);
    if (before !== undefined && !MEMORY_ID_PATTERN.test(before)) {
      throw new WireError("bad_request", "`before` is the id of a memory", { field: "before" });
    }
    const page = await this.#deadline.within(() =>
      this.#options.store.listMemories({ meshId, limit, before, ...(tags.length > 0 ? { tags } : {}) }),
    );
    return { memories: page.memories.map(toMemory), next: page.next ?? null };
  }

  /** Forgets a memory of one's own, or as an admin member any ([MEM-5]). Raises `not_found`, `ambiguous`, `forbidden`. */
  async forget(author: MemoryAuthor, idOrPrefix: string): Promise<{ id: MemoryId }> {
    const isAdmin = this.#options.directory.member(author.memberId)?.role === "admin";
    return this.#forget(author.meshId, idOrPrefix, isAdmin ? undefined : author.memberId, `member:${author.memberId}`);
  }

  /** Forgets any memory; for a caller with the right to administer the mesh. Raises `not_found`, `ambiguous`. */
  async forgetAsAdmin(meshId: MeshId, idOrPrefix: string, actor: string): Promise<{ id: MemoryId }> {
    return this.#forget(meshId, idOrPrefix, undefined, actor);
  }

  async #forget(
    meshId: MeshId,
    idOrPrefix: string,
    memberId: MemberId | undefined,
    actor: string,
  ): Promise<{ id: MemoryId }> {
    if (idOrPrefix.length < MIN_PREFIX_CHARS || !/^[0-9a-z]{1,20}$/.test(idOrPrefix)) {
      throw new WireError("not_found", `no memory has this id; a prefix has at least ${MIN_PREFIX_CHARS} characters`, {
        field: "memoryId",
      });
    }
    return this.#deadline.within(async () => {
      const { store, clock, audit, events } = this.#options;
      const result = await store.forget({ meshId, idOrPrefix, memberId, at: clock.now() });
      if (result.outcome !== "forgotten") throw new WireError(result.outcome, undefined, { field: "memoryId" });
      events.emit(meshId, "memory_forgotten", { id: result.id });
      await audit.note({ meshId, actor, event: "memory_forgotten", data: { id: result.id } });
      return { id: result.id };
    });
  }
}

function toMemory(memory: MemoryRow | RecalledMemory): Memory {
  return {
    id: memory.id,
    content: memory.content,
    tags: memory.tags,
    rememberedBy: memory.rememberedBy,
    memberPubkey: memory.memberPubkey,
    rememberedAt: new Date(memory.rememberedAt).toISOString(),
  };
}

function checkTags(tags: readonly string[]): void {
  if (tags.length > MESH_LIMITS.memoryTags) {
    throw new WireError("bad_request", `there are at most ${MESH_LIMITS.memoryTags} tags`, { field: "tags" });
  }
  for (const [index, tag] of tags.entries()) {
    const chars = [...tag].length;
    if (chars < 1 || chars > MESH_LIMITS.memoryTagChars) {
      throw new WireError("bad_request", `a tag has 1 to ${MESH_LIMITS.memoryTagChars} characters`, {
        field: `tags[${index}]`,
      });
    }
  }
}

function checkLimit(limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new WireError("bad_request", `\`limit\` is an integer from 1 to ${MAX_LIMIT}`, { field: "limit" });
  }
}
