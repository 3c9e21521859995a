import type { MeshId } from "@parlatory/protocol";

/** That a message went from one to others: what the broker must know to deliver it, and nothing of what is in it. */
export interface MessageRoute {
  /** Key under which the sender is reached. */
  readonly from: string;
  /** Key of a session or a member, or the id of a presence, each. */
  readonly to: readonly string[];
}

export type RouteListener = (route: MessageRoute) => void;

/**
 * Tells whoever looks at a mesh right now which way messages go. Nothing is kept: who talks to whom is nobody's business
 * later, and while nobody looks it costs nothing.
 */
export class RouteWatch {
  readonly #listeners = new Map<MeshId, Set<RouteListener>>();

  isWatched(meshId: MeshId): boolean {
    return this.#listeners.has(meshId);
  }

  note(meshId: MeshId, route: MessageRoute): void {
    for (const listener of this.#listeners.get(meshId) ?? []) listener(route);
  }

  /** Returns the function that ends the subscription. */
  subscribe(meshId: MeshId, listener: RouteListener): () => void {
    let listeners = this.#listeners.get(meshId);
    if (listeners === undefined) this.#listeners.set(meshId, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(meshId) === listeners) this.#listeners.delete(meshId);
    };
  }
}
