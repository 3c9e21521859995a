import { isLive } from "../mesh/presence.ts";
import type { MeshRow } from "../store/store.ts";
import { mayCall } from "./caller.ts";
import { EventStream } from "./event-stream.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import type { MeshCall } from "./route-handlers.ts";

const MAX_STREAMS = 1_000;
const HEADERS = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };

/** The open event streams of this broker ([HTTP-16], [HTTP-17]). */
export class EventStreams {
  readonly #deps: HttpDeps;
  readonly #open = new Set<EventStream>();

  constructor(deps: HttpDeps) {
    this.#deps = deps;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Raises `bad_request`, `too_many_streams`. */
  open({ mesh, query, request, caller }: MeshCall<"streamEvents">): Response {
    const after = readLastEventId(request) ?? query.since;
    if (request.method === "HEAD") return new Response(null, { headers: HEADERS });
    if (this.#open.size >= MAX_STREAMS) throw new HttpError("too_many_streams", undefined, {}, { "retry-after": "5" });
    const { directory } = this.#deps;
    const stream = new EventStream({
      ...this.#deps,
      meshId: mesh.id,
      after,
      // Who talks to whom tells a lot even where every word is sealed: it is for those who may read the audit trail.
      routes: mayCall(caller, "admin") ? this.#deps.routes : undefined,
      stats: () => this.#stats(mesh),
      isStillAllowed: async () => directory.mesh(mesh.id) !== undefined && (await caller.isStillValid()),
      onClosed: () => this.#open.delete(stream),
    });
    this.#open.add(stream);
    return new Response(stream.body, { headers: HEADERS });
  }

  end(): void {
    for (const stream of [...this.#open]) stream.close();
  }

  #stats(mesh: MeshRow): Record<string, unknown> {
    const counts = { peers: 0, connected: 0, idle: 0, working: 0, dnd: 0 };
    for (const presence of this.#deps.presences.ofMesh(mesh.id)) {
      if (!isLive(presence)) continue;
      counts.peers++;
      counts[presence.status]++;
      if (presence.connection !== undefined) counts.connected++;
    }
    const members = this.#deps.directory.members(mesh.id).filter((member) => member.revokedAt === undefined).length;
    return { ...counts, members, at: new Date(this.#deps.clock.now()).toISOString() };
  }
}

/** What a browser sends when it reconnects; it goes before `since`, which stays in the address. */
function readLastEventId(request: Request): number | undefined {
  const text = request.headers.get("last-event-id");
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new HttpError("bad_request", "Last-Event-ID is the id of an event", { field: "Last-Event-ID" });
  }
  return Number(text);
}
