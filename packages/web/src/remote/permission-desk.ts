/**
 * Questions of agents as this browser knows them: which are open, and what became of those that were ([APPROVE-1],
 * [APPROVE-2]). It must not know pages. A question is open until its resolution is heard; one that was resolved while there
 * was no connection is found out by asking what is pending, and then listed as decided without a decision. Open questions
 * stay over a lost connection, so that nothing flickers.
 */
import type { PermissionAnswer, PermissionRequest, PermissionResolution, RemoteClient } from "@parlatory/client";

export interface Decision {
  readonly request: PermissionRequest;
  /** Absent: it was decided while this browser was not connected. */
  readonly resolution: PermissionResolution | undefined;
  /** This browser's answer, and whether it is the one that stands. */
  readonly own: "stands" | "late" | undefined;
}

/** Decisions that are remembered; older ones are forgotten. */
const maxDecisions = 50;

export class PermissionDesk {
  readonly #client: RemoteClient;
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<string, PermissionAnswer["decision"]>();
  #open: readonly PermissionRequest[] = [];
  #decisions: readonly Decision[] = [];

  constructor(client: RemoteClient) {
    this.#client = client;
    client.on("permission_request", (request) => this.#asked(request));
    client.on("permission_resolved", (resolution) => this.#resolved(resolution));
    client.on("caughtUp", () => void this.#compare());
  }

  /** Oldest first. */
  get open(): readonly PermissionRequest[] {
    return this.#open;
  }

  /** Newest first, of this run of the app. */
  get decisions(): readonly Decision[] {
    return this.#decisions;
  }

  /** Resolves with the decision that stands, whoever made it. Rejects with `RemoteRequestError`. */
  async answer(answer: PermissionAnswer): Promise<PermissionResolution> {
    this.#answers.set(answer.requestId, answer.decision);
    try {
      return await this.#client.permissions.answer(answer);
    } catch (error) {
      this.#answers.delete(answer.requestId);
      throw error;
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  #asked(request: PermissionRequest): void {
    const others = this.#open.filter(({ request_id: id }) => id !== request.request_id);
    this.#open = [...others, request].sort(byAge);
    this.#tell();
  }

  #resolved(resolution: PermissionResolution): void {
    const id = resolution.request_id;
    const own = this.#answers.get(id);
    this.#answers.delete(id);
    const standing = this.#stands(resolution, own);
    const known = this.#decisions.find(({ request }) => request.request_id === id);
    const request = this.#open.find((each) => each.request_id === id) ?? known?.request;
    if (request === undefined) return;
    this.#decide(request, resolution, standing ?? known?.own);
  }

  #stands(resolution: PermissionResolution, own: "allow" | "deny" | undefined): Decision["own"] {
    if (own === undefined) return undefined;
    const { state } = this.#client;
    const isOurs = state.name !== "ready" || resolution.by?.device_id === state.info.deviceId;
    return resolution.reason === "answered" && isOurs && resolution.decision === own ? "stands" : "late";
  }

  #decide(request: PermissionRequest, resolution: PermissionResolution | undefined, own: Decision["own"]): void {
    const id = request.request_id;
    this.#open = this.#open.filter((each) => each.request_id !== id);
    const others = this.#decisions.filter((each) => each.request.request_id !== id);
    this.#decisions = [{ request, resolution, own }, ...others].slice(0, maxDecisions);
    this.#tell();
  }

  /** What is not pending any more was decided while nobody could tell. */
  async #compare(): Promise<void> {
    const before = this.#open;
    if (before.length === 0) return;
    let pending: readonly PermissionRequest[];
    try {
      pending = await this.#client.permissions.list();
    } catch {
      return; // The connection is gone again; the next one asks anew.
    }
    const ids = new Set(pending.map(({ request_id: id }) => id));
    for (const request of before) {
      const isOpen = this.#open.includes(request);
      if (isOpen && !ids.has(request.request_id)) this.#decide(request, undefined, undefined);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function byAge(one: PermissionRequest, other: PermissionRequest): number {
  return one.created_at < other.created_at ? -1 : one.created_at > other.created_at ? 1 : 0;
}

const desks = new WeakMap<RemoteClient, PermissionDesk>();

/** The desk of a client; made before its first connection, so that it misses nothing. */
export function permissionDeskOf(client: RemoteClient): PermissionDesk {
  let desk = desks.get(client);
  if (desk === undefined) desks.set(client, (desk = new PermissionDesk(client)));
  return desk;
}
