/**
 * One consumer of a mesh's events ([HTTP-17]): every event behind its cursor once and in order, however slowly it reads.
 *
 * States: replaying (events come from the store, page by page) and live (events come from a short queue as they
 * happen). A consumer that lets its queue overflow goes back to replaying, so it costs no memory and misses nothing; one
 * that takes nothing at all for a minute is closed. Knows nothing of HTTP beyond the stream of bytes.
 */
import type { MeshId } from "@parlatory/protocol";
import type { EventLog } from "../mesh/event-log.ts";
import type { GroupCommit } from "../mesh/group-commit.ts";
import type { RouteWatch } from "../mesh/route-watch.ts";
import type { Log, Scheduler } from "../ports.ts";
import type { Clock } from "../ports.ts";
import type { EventRow, Store } from "../store/store.ts";
import { RoutePulse } from "./route-pulse.ts";

const COMMENT_MS = 15_000;
const STATS_MS = 5_000;
const PAGE = 500;
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Comments that were due and could not be written: the consumer does not read. */
const MAX_UNREAD_COMMENTS = 4;
/** The last events are written in the background: a read that misses them is repeated after a commit. */
const MAX_STORE_READS = 5;

export interface EventStreamOptions {
  meshId: MeshId;
  /** Last event the consumer has; absent starts with what happens next. */
  after: number | undefined;
  events: Pick<EventLog, "subscribe" | "lastSeq">;
  commit: Pick<GroupCommit, "drain">;
  store: Pick<Store, "readEvents">;
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  /** Absent for a consumer that may not know who talks to whom. */
  routes: Pick<RouteWatch, "subscribe"> | undefined;
  stats: () => Record<string, unknown>;
  /** Asked every 15 s; false ends the stream. */
  isStillAllowed: () => Promise<boolean>;
  onClosed: () => void;
}

export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: EventStreamOptions;
  readonly #unsubscribe: () => void;
  readonly #unsubscribeRoutes: (() => void) | undefined;
  readonly #pulse: RoutePulse;
  readonly #timers = new Map<string, () => void>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #cursor: number;
  #lastKnown: number;
  #queue: EventRow[] = [];
  #queuedBytes = 0;
  #commentDue = true;
  #statsDue = true;
  #unreadComments = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#lastKnown = options.events.lastSeq(options.meshId);
    this.#cursor = Math.min(options.after ?? this.#lastKnown, this.#lastKnown);
    this.#unsubscribe = options.events.subscribe(options.meshId, (event) => this.#note(event));
    this.#pulse = new RoutePulse({ ...options, onDue: () => this.#rouse() });
    this.#unsubscribeRoutes = options.routes?.subscribe(options.meshId, (route) => this.#pulse.note(route));
    const encoder = new TextEncoder();
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: async (controller) => {
        const text = await this.#next();
        if (text !== undefined && !this.#closed) controller.enqueue(encoder.encode(text));
      },
      cancel: () => this.#end(),
    });
    this.#every("comment", COMMENT_MS, () => this.#beat());
    this.#every("stats", STATS_MS, () => {
      this.#statsDue = true;
      this.#rouse();
    });
  }

  /** Ends the stream; the consumer may come back with the id of the last event it got. */
  close(): void {
    if (this.#closed) return;
    this.#end();
    this.#controller?.close();
  }

  #note(event: EventRow): void {
    this.#lastKnown = event.seq;
    this.#queue.push(event);
    this.#queuedBytes += event.data.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES || this.#queue.length > PAGE) {
      this.#queue = [];
      this.#queuedBytes = 0;
    }
    this.#rouse();
  }

  /** The next piece of the stream, waiting for one if need be; undefined when it is over. */
  async #next(): Promise<string | undefined> {
    while (!this.#closed) {
      const due = this.#takeDue();
      if (due !== "") return due;
      const first = this.#queue[0]?.seq ?? this.#lastKnown + 1;
      if (this.#cursor + 1 < first) {
        const text = await this.#replay();
        if (text !== "") return text;
        continue;
      }
      const text = this.#takeQueue();
      if (text !== "") return text;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return undefined;
  }

  #takeDue(): string {
    let text = "";
    if (this.#commentDue) text += ":\n\n";
    if (this.#statsDue) text += `event: stats\ndata: ${JSON.stringify(this.#options.stats())}\n\n`;
    const routes = this.#pulse.take();
    if (routes !== undefined) text += `event: message_routed\ndata: ${JSON.stringify(routes)}\n\n`;
    this.#commentDue = false;
    this.#statsDue = false;
    this.#unreadComments = 0;
    return text;
  }

  #takeQueue(): string {
    const events = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    let text = "";
    for (const event of events) text += this.#pass(event);
    return text;
  }

  /** One page from the store. A hole in it was purged or never written, and is named ([HTTP-17]). */
  async #replay(): Promise<string> {
    const { store, commit, meshId, log } = this.#options;
    const target = this.#lastKnown;
    try {
      for (let reads = 0; reads < MAX_STORE_READS; reads++) {
        const { events } = await store.readEvents(meshId, this.#cursor, PAGE);
        if (events.length > 0) return events.map((event) => this.#pass(event)).join("");
        await commit.drain();
      }
    } catch (error) {
      log.warn("an event stream was closed: the events could not be read", { error: String(error) });
      this.close();
      return "";
    }
    const gap = toGap(this.#cursor + 1, target);
    this.#cursor = target;
    return gap;
  }

  #pass(event: EventRow): string {
    if (event.seq <= this.#cursor) return "";
    const gap = event.seq > this.#cursor + 1 ? toGap(this.#cursor + 1, event.seq - 1) : "";
    this.#cursor = event.seq;
    return `${gap}id: ${event.seq}\nevent: ${event.type}\ndata: ${event.data}\n\n`;
  }

  #beat(): void {
    if (this.#commentDue && ++this.#unreadComments >= MAX_UNREAD_COMMENTS) {
      this.close();
      return;
    }
    this.#commentDue = true;
    this.#rouse();
    this.#options.isStillAllowed().then(
      (allowed) => {
        if (!allowed) this.close();
      },
      // The database is down: the right that was checked before still counts.
      () => undefined,
    );
  }

  #every(name: string, ms: number, run: () => void): void {
    const again = (): void => {
      if (this.#closed) return;
      this.#timers.set(name, this.#options.scheduler.after(ms, again));
      run();
    };
    this.#timers.set(name, this.#options.scheduler.after(ms, again));
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#unsubscribeRoutes?.();
    this.#pulse.close();
    for (const cancel of this.#timers.values()) cancel();
    this.#queue = [];
    this.#rouse();
    this.#options.onClosed();
  }
}

function toGap(from: number, to: number): string {
  return `event: gap\ndata: ${JSON.stringify({ from, to })}\n\n`;
}
