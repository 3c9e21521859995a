/**
 * Mesh-wide state: checked writes, and the push of each change to everybody it concerns. Writes of one key are carried
 * out one after another, so that its changes leave in version order ([STATE-7]). Knows nothing of sockets or HTTP; a
 * write is answered after its commit and after its change was handed to every connection.
 */
import {
  MESH_LIMITS,
  WireError,
  type BrokerFrameByType,
  type MemberId,
  type MeshId,
  type PresenceId,
  type StateEntry,
} from "@parlatory/protocol";
import { encodeFrame } from "@parlatory/protocol/codec";
import type { StateRow, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { BoardMetrics } from "./board-metrics.ts";
import type { EventLog } from "./event-log.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { Clock, Scheduler } from "../ports.ts";
import { hasCapability } from "./presence.ts";
import type { Presences } from "./presences.ts";
import { checkStateKey, isWatched } from "./state-key.ts";
import { encodeStateValue } from "./state-value.ts";

/** Events are kept by the hundred thousand: a larger value is read from the board, not from the event. */
const MAX_EVENT_VALUE_BYTES = 8_192;

export interface StateAuthor {
  /** Display name of the session, or name of the token. */
  name: string;
  presence?: PresenceId | undefined;
  member?: MemberId | undefined;
}

export interface StateWriteRequest {
  mesh: MeshId;
  key: string;
  /** Parsed JSON; `null` deletes ([STATE-4]). */
  value: unknown;
  ifVersion?: number | undefined;
  by: StateAuthor;
}

export interface StateBoardOptions {
  store: Pick<Store, "getState" | "listState" | "writeState">;
  clock: Clock;
  scheduler: Scheduler;
  presences: Pick<Presences, "ofMesh">;
  events: Pick<EventLog, "emit">;
  metrics: BoardMetrics;
  /** Default 10,000 ([STATE-9]). */
  maxKeys?: number | undefined;
  answerMs?: number | undefined;
}

export class StateBoard {
  readonly #options: StateBoardOptions;
  readonly #maxKeys: number;
  readonly #deadline: AnswerDeadline;
  readonly #queue = new KeyedQueue();

  constructor(options: StateBoardOptions) {
    this.#options = options;
    this.#maxKeys = options.maxKeys ?? MESH_LIMITS.stateKeys;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /**
   * Writes or deletes a key and tells everybody else ([STATE-2] to [STATE-4], [STATE-7]). Raises `bad_request`,
   * `value_too_large`, `version_conflict` with `current`, `limit_reached`, `rate_limited`, `storage_unavailable`.
   */
  async write(request: StateWriteRequest): Promise<StateEntry> {
    checkStateKey(request.key);
    const { ifVersion } = request;
    if (ifVersion !== undefined && !(Number.isSafeInteger(ifVersion) && ifVersion >= 0)) {
      throw new WireError("bad_request", "ifVersion is an integer from 0", { field: "ifVersion" });
    }
    if (request.value === undefined) {
      throw new WireError("bad_request", "`value` is missing; null deletes", { field: "value" });
    }
    const text = request.value === null ? undefined : encodeStateValue(request.value);
    return this.#deadline.within((attempt) =>
      this.#queue.run(`${request.mesh}/${request.key}`, async () => {
        // Its caller has been told that it failed: what was refused is not written later.
        if (attempt.isAbandoned()) throw new WireError("storage_unavailable");
        return this.#write(request, text);
      }),
    );
  }

  /** One key; a missing one reads as `null` at version 0 ([STATE-5]). Raises `bad_request`, `storage_unavailable`. */
  async read(meshId: MeshId, key: string): Promise<StateEntry> {
    checkStateKey(key);
    const row = await this.#deadline.within(() => this.#options.store.getState(meshId, key));
    return toStateEntry(key, row);
  }

  /** All keys that start with `prefix`, in code point order ([STATE-6]). Raises `storage_unavailable`. */
  async list(meshId: MeshId, prefix: string): Promise<StateEntry[]> {
    // No key has such characters, and not every database takes them as a parameter.
    if (/\p{Cc}/u.test(prefix) || !prefix.isWellFormed()) return [];
    const rows = await this.#deadline.within(() => this.#options.store.listState(meshId, prefix));
    return rows.map((row) => toStateEntry(row.key, row));
  }

  async #write(request: StateWriteRequest, text: string | undefined): Promise<StateEntry> {
    const { mesh, key, by } = request;
    const result = await this.#options.store.writeState({
      meshId: mesh,
      key,
      value: text,
      ifVersion: request.ifVersion,
      updatedByName: by.name,
      updatedByPresence: by.presence,
      updatedByMember: by.member,
      at: this.#options.clock.now(),
      maxKeys: this.#maxKeys,
    });
    switch (result.outcome) {
      case "nothing":
        return toStateEntry(key, undefined);
      case "conflict":
        throw new WireError("version_conflict", undefined, { current: toStateEntry(key, result.current) });
      case "limit":
        throw new WireError("limit_reached", undefined, { limit: this.#maxKeys });
      case "written":
        this.#options.metrics.stateWrite();
        this.#announce(request, result.row, text);
        return toStateEntry(key, result.row);
    }
  }

  #announce(request: StateWriteRequest, row: StateRow, text: string | undefined): void {
    const { mesh, key, by } = request;
    const change: BrokerFrameByType["state_change"] = {
      type: "state_change",
      key,
      value: request.value,
      updatedBy: row.updatedBy,
      updatedAt: new Date(row.updatedAt).toISOString(),
      version: row.version,
      ...(text === undefined ? { deleted: true as const } : {}),
    };
    let frame: string | undefined;
    for (const presence of this.#options.presences.ofMesh(mesh)) {
      if (presence.kind !== "session" || !presence.ready) continue;
      if (presence.id === by.presence && !hasCapability(presence, "echo_state")) continue;
      if (hasCapability(presence, "state_watch") && !isWatched(presence.watches, key)) continue;
      // One text for all receivers.
      frame ??= encodeFrame(change);
      presence.connection?.send(frame);
    }
    this.#options.events.emit(mesh, "state_change", {
      key,
      ...((text?.length ?? 0) > MAX_EVENT_VALUE_BYTES ? { value_omitted: true } : { value: request.value }),
      updated_by: change.updatedBy,
      updated_at: change.updatedAt,
      version: change.version,
      ...(change.deleted === true ? { deleted: true } : {}),
    });
  }
}

function toStateEntry(key: string, row: StateRow | undefined): StateEntry {
  if (row?.value === undefined) return { key, value: null, updatedBy: "", updatedAt: "", version: 0 };
  return {
    key,
    value: JSON.parse(row.value) as unknown,
    updatedBy: row.updatedBy,
    updatedAt: new Date(row.updatedAt).toISOString(),
    version: row.version,
  };
}
