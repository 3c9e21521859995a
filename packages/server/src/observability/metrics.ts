import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { EventLoopDelay } from "./event-loop-delay.ts";
import { TalliedHistogram } from "./tallied-histogram.ts";
import { Tally } from "./tally.ts";

/** Where the gauges look at scrape time ([OBS-1]). */
export interface MetricSources {
  connections(): number;
  waitingFrames(): number;
  presences(): Readonly<Record<"session" | "control", number>>;
  mailboxDepth(): Readonly<Record<"stored" | "held" | "offered", number>>;
  isDatabaseUp(): boolean;
  /** Undefined when the broker is not connected to others. */
  isNatsUp(): boolean | undefined;
}

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const DELIVERY_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600, 86_400];
const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000];

/**
 * The metrics of section 18. Implements the counter ports of the mesh, the gateway and HTTP by their names; no label
 * holds a name, key or id ([OBS-1]).
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #store: string;
  readonly #connections = this.#counter("connections_total", "WebSocket connections taken");
  readonly #rejected = this.#counter("connections_rejected_total", "WebSocket connections refused", "reason");
  readonly #accepted = this.#tally("messages_accepted_total", "Sends accepted", "priority", "kind");
  readonly #refused = this.#counter("messages_rejected_total", "Sends refused", "code");
  readonly #errors = this.#counter("errors_total", "Error frames sent", "code");
  readonly #deliveries = this.#tally("deliveries_total", "Steps taken by deliveries", "state");
  readonly #redeliveries = this.#counter("redeliveries_total", "Messages offered again", "reason");
  readonly #hooks = this.#counter("hook_requests_total", "Hook requests", "result");
  readonly #stateWrites = this.#counter("state_writes_total", "Writes of state keys");
  readonly #memories = this.#counter("memories_total", "Memories stored");
  readonly #sweeps = this.#counter("ttl_sweeps_total", "Things ended because their time was over", "what");
  readonly #requests = this.#counter("http_requests_total", "HTTP requests", "route", "code");
  readonly #pushes = this.#counter("push_sent_total", "Notifications that a target took", "kind");
  readonly #pushDrops = this.#counter("push_dropped_total", "Notifications given up", "kind", "reason");
  readonly #pauses = this.#counter(
    "connections_paused_total",
    "Times a connection had more under way than is held for one",
  );
  readonly #delivery = new TalliedHistogram({
    name: "parl_delivery_seconds",
    help: "From commit to surfaced",
    buckets: DELIVERY_SECONDS,
    label: "priority",
    registry: this.#registry,
  });
  readonly #commits = this.#histogram(
    "commit_seconds",
    "Duration of a transaction of the group commit",
    SECONDS,
    "store",
  );
  readonly #batches = this.#histogram(
    "commit_batch_size",
    "Messages in a transaction of the group commit",
    BATCH_SIZES,
  );

  constructor(options: { store: string; eventLoopDelay: Pick<EventLoopDelay, "read"> }) {
    this.#store = options.store;
    this.#registerEventLoopDelay(options.eventLoopDelay);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Prometheus text 0.0.4 ([HTTP-7]). */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Adds the gauges; to be called once, when what they look at exists. */
  watch(sources: MetricSources): void {
    this.#gauge("connections_active", "WebSocket connections open", () => [[{}, sources.connections()]]);
    this.#gauge("frames_waiting", "Frames that wait behind another one of their connection", () => [
      [{}, sources.waitingFrames()],
    ]);
    this.#gauge("presences", "Presences whose lease has not ended", () => byLabel("kind", sources.presences()));
    this.#gauge("mailbox_depth", "Deliveries not settled", () => byLabel("state", sources.mailboxDepth()));
    this.#gauge("db_up", "1 while the database answers", () => [[{}, sources.isDatabaseUp() ? 1 : 0]]);
    this.#gauge("nats_up", "1 while connected to the other brokers", () => [[{}, sources.isNatsUp() === true ? 1 : 0]]);
  }

  connectionOpened(): void {
    this.#connections.inc();
  }

  connectionRejected(reason: string): void {
    this.#rejected.inc({ reason });
  }

  error(code: string): void {
    this.#errors.inc({ code });
  }

  readingPaused(): void {
    this.#pauses.inc();
  }

  messageAccepted(priority: string, kind: string): void {
    this.#accepted.add(priority, kind);
  }

  messageRejected(code: string): void {
    this.#refused.inc({ code });
  }

  deliveryStep(state: string): void {
    this.#deliveries.add(state);
  }

  deliverySurfaced(priority: string, seconds: number): void {
    this.#delivery.observe(priority, seconds);
  }

  redelivery(reason: string): void {
    this.#redeliveries.inc({ reason });
  }

  commit(seconds: number, messages: number): void {
    this.#commits.observe({ store: this.#store }, seconds);
    if (messages > 0) this.#batches.observe(messages);
  }

  storeUp(_up: boolean): void {
    // `parl_db_up` asks at scrape time.
  }

  sweep(what: string, count: number): void {
    if (count > 0) this.#sweeps.inc({ what }, count);
  }

  stateWrite(): void {
    this.#stateWrites.inc();
  }

  memoryStored(): void {
    this.#memories.inc();
  }

  hookRequest(result: string): void {
    this.#hooks.inc({ result });
  }

  pushSent(kind: string): void {
    this.#pushes.inc({ kind });
  }

  pushDropped(kind: string, reason: string): void {
    this.#pushDrops.inc({ kind, reason });
  }

  httpRequest(route: string, code: number): void {
    this.#requests.inc({ route, code: String(code) });
  }

  #counter<Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `parl_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #tally<Label extends string>(name: string, help: string, ...labelNames: Label[]): Tally<Label> {
    return new Tally({ name: `parl_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: Label[]
  ): Histogram<Label> {
    return new Histogram({ name: `parl_${name}`, help, buckets, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, look: () => [Record<string, string>, number][]): void {
    const gauge: Gauge = new Gauge({
      name: `parl_${name}`,
      help,
      labelNames: Object.keys(look()[0]?.[0] ?? {}),
      registers: [this.#registry],
      collect: () => {
        for (const [labels, value] of look()) gauge.set(labels, value);
      },
    });
  }

  /** A summary of which the quantiles come from elsewhere: a gauge of its shape, said to be a summary. */
  #registerEventLoopDelay(delay: Pick<EventLoopDelay, "read">): void {
    const name = "parl_event_loop_delay_seconds";
    const help = "How late the event loop gets to its timers, over the last minute at most";
    const metric = {
      name,
      help,
      get: () => {
        const { quantiles, sum, count } = delay.read();
        const values = [
          ...quantiles.map(({ quantile, seconds }) => ({ labels: { quantile }, value: seconds })),
          { metricName: `${name}_sum`, labels: {}, value: sum },
          { metricName: `${name}_count`, labels: {}, value: count },
        ];
        return Promise.resolve({ name, help, type: "summary", aggregator: "average", values });
      },
      reset: () => undefined,
    };
    this.#registry.registerMetric(metric as unknown as Gauge);
  }
}

function byLabel(label: string, values: Readonly<Record<string, number>>): [Record<string, string>, number][] {
  return Object.entries(values).map(([name, value]) => [{ [label]: name }, value]);
}
