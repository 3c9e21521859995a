import type { MeshId } from "@parlatory/protocol";
import type { EventRow, EventType } from "../store/store.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Clock } from "../ports.ts";

export type EventListener = (event: EventRow) => void;

/** The events of each mesh in order, stored in the background and told at once to whoever listens ([HTTP-17]). */
export class EventLog {
  readonly #clock: Clock;
  readonly #commit: Pick<GroupCommit, "addEvent">;
  readonly #lastSeq: Map<MeshId, number>;
  readonly #listeners = new Map<MeshId, Set<EventListener>>();

  constructor(options: { clock: Clock; commit: Pick<GroupCommit, "addEvent">; lastSeq: Map<MeshId, number> }) {
    this.#clock = options.clock;
    this.#commit = options.commit;
    this.#lastSeq = options.lastSeq;
  }

  /** `data` has snake_case keys and no secret. */
  emit(meshId: MeshId, type: EventType, data: Record<string, unknown>): void {
    const seq = (this.#lastSeq.get(meshId) ?? 0) + 1;
    this.#lastSeq.set(meshId, seq);
    const row: EventRow = { meshId, seq, type, data: JSON.stringify(data), at: this.#clock.now() };
    this.#commit.addEvent(row);
    for (const listener of this.#listeners.get(meshId) ?? []) listener(row);
  }

  lastSeq(meshId: MeshId): number {
    return this.#lastSeq.get(meshId) ?? 0;
  }

  /** Returns the function that ends the subscription. */
  subscribe(meshId: MeshId, listener: EventListener): () => void {
    let listeners = this.#listeners.get(meshId);
    if (listeners === undefined) this.#listeners.set(meshId, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(meshId) === listeners) this.#listeners.delete(meshId);
    };
  }
}
