/**
 * Tells people who are not looking what happens in their sessions, by the targets of the settings and by the browsers that
 * subscribed ([PUSH-1] to [PUSH-5]). Runs never wait for it and never hear of its failures: its calls return at once and do
 * not throw. It must not know agents, sockets or frames. Without targets nothing leaves the machine.
 */
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { RemoteStore } from "../../store/remote-store.ts";
import { Coalescer, type News, type Question } from "./coalescer.ts";
import { PUSH_EVENTS, toNotification, type Notification, type PushEvent } from "./notification.ts";
import { createNtfyTarget } from "./ntfy-target.ts";
import type { PushFetch } from "./push-client.ts";
import { PushLane, type PushMetrics } from "./push-lane.ts";
import type { PushTargetSettings } from "./push-settings.ts";
import type { PushTarget } from "./push-target.ts";
import { isQuiet, type QuietHours } from "./quiet-hours.ts";
import type { VapidKeys } from "./vapid-keys.ts";
import { createWebPushTarget } from "./web-push-target.ts";
import { createWebhookTarget } from "./webhook-target.ts";

export interface NotifierOptions {
  readonly targets: readonly PushTargetSettings[];
  readonly store: Pick<RemoteStore, "listPushSubscriptions" | "removePushSubscription">;
  readonly vapidKeys: VapidKeys;
  /** Whom a push service may write to: an https or mailto address. */
  readonly contact: string;
  /** The web app's address of a session. */
  readonly sessionUrl: (sessionId: string) => string;
  readonly findSession: (sessionId: string) => { readonly name: string; readonly agent: string } | undefined;
  /** A socket of it is open: whoever it is sees the answer there. */
  readonly isClientSessionOpen: (clientSessionId: string) => boolean;
  /** Of the machine, for quiet hours. */
  readonly timeZone: string;
  readonly fetch: PushFetch;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomUuid: () => string;
  readonly log: Log;
  readonly metrics: PushMetrics;
}

/** Targets that are told alike: one of the settings, or all subscribed browsers. */
interface Channel {
  readonly events: readonly PushEvent[];
  readonly includeText: boolean;
  readonly quietHours?: QuietHours | undefined;
  readonly kind: PushTarget["kind"];
  readonly targets: () => readonly PushTarget[] | Promise<readonly PushTarget[]>;
  readonly coalescer: Coalescer;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #channels: readonly Channel[];
  readonly #lanes = new Map<string, PushLane>();
  readonly #telling = new Set<Promise<void>>();
  #isStopped = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#channels = [
      ...options.targets.map((settings, index) => {
        const id = `${settings.kind} ${index + 1}`;
        const target = settings.kind === "ntfy" ? createNtfyTarget(settings, id) : createWebhookTarget(settings, id);
        return this.#createChannel({ ...settings, targets: () => [target] });
      }),
      this.#createChannel({
        kind: "web_push",
        events: PUSH_EVENTS,
        includeText: false,
        targets: () => this.#subscribed(),
      }),
    ];
  }

  /** An agent waits for an answer. Told whoever is looking. */
  needsInput(question: { readonly sessionId: string; readonly requestId: string; readonly summary: string }): void {
    const { sessionId, requestId, summary } = question;
    this.#add({ ...this.#happen(sessionId, summary), event: "needs_input", requestId });
  }

  /** The question has its answer, whoever gave it. */
  inputResolved(resolved: { readonly sessionId: string; readonly requestId: string }): void {
    for (const { coalescer } of this.#channels) coalescer.answered(resolved.sessionId, resolved.requestId);
  }

  turnComplete(turn: { readonly sessionId: string; readonly clientSessionId: string; readonly text: string }): void {
    this.#addNews("turn_complete", turn);
  }

  /** `text` is what was answered so far, if anything. */
  failed(turn: { readonly sessionId: string; readonly clientSessionId: string; readonly text: string }): void {
    this.#addNews("failed", turn);
  }

  /** Ends what is under way; what was not told yet is not told any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { coalescer } of this.#channels) coalescer.stop();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
    await Promise.all(this.#telling);
  }

  #addNews(
    event: News["event"],
    { sessionId, clientSessionId, text }: { sessionId: string; clientSessionId: string; text: string },
  ): void {
    if (this.#options.isClientSessionOpen(clientSessionId)) return;
    this.#add({ ...this.#happen(sessionId, text), event, clientSessionId });
  }

  #happen(sessionId: string, text: string): { eventId: string; sessionId: string; at: number; text: string } {
    return { eventId: this.#options.randomUuid(), sessionId, at: this.#options.clock.now(), text };
  }

  #add(occurrence: Question | News): void {
    if (this.#isStopped) return;
    for (const { events, coalescer } of this.#channels) {
      if (events.includes(occurrence.event)) coalescer.add(occurrence);
    }
  }

  #createChannel(channel: Omit<Channel, "coalescer">): Channel {
    const { scheduler, metrics } = this.#options;
    const coalescer = new Coalescer({
      scheduler,
      tell: (occurrence) => this.#tell(channel, occurrence),
      onOverflow: () => metrics.pushDropped(channel.kind, "too_many"),
    });
    return { ...channel, coalescer };
  }

  #tell(channel: Omit<Channel, "coalescer">, occurrence: Question | News): void {
    const { clock, timeZone, isClientSessionOpen, findSession, sessionUrl } = this.#options;
    if (occurrence.event !== "needs_input") {
      // It may have been opened since: then the answer was replayed there.
      if (isClientSessionOpen(occurrence.clientSessionId)) return;
      if (channel.quietHours !== undefined && isQuiet(channel.quietHours, clock.now(), timeZone)) return;
    }
    const { eventId, event, sessionId, at, text } = occurrence;
    const session = findSession(sessionId) ?? { name: "", agent: "" };
    const notification = toNotification(
      { eventId, event, sessionId, at, text },
      { ...session, url: sessionUrl(sessionId) },
      channel.includeText,
    );
    const telling = this.#hand(channel, notification).finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }

  async #hand(channel: Omit<Channel, "coalescer">, notification: Notification): Promise<void> {
    try {
      for (const target of await channel.targets()) this.#laneOf(target)?.add(notification);
    } catch (error) {
      const { log, metrics } = this.#options;
      metrics.pushDropped(channel.kind, "gave_up");
      log.warn("the subscriptions could not be read; a notification was given up", {
        event: notification.event,
        error,
      });
    }
  }

  async #subscribed(): Promise<PushTarget[]> {
    const { store, vapidKeys: keys, contact } = this.#options;
    const subscriptions = await store.listPushSubscriptions();
    return subscriptions.map((subscription) => createWebPushTarget(subscription, { store, keys, contact }));
  }

  /** A lane lives as long as something waits in it. A new subscription of a device does not wait behind its old one. */
  #laneOf(target: PushTarget): PushLane | undefined {
    if (this.#isStopped) return undefined;
    const key = `${target.id} ${target.address}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new PushLane(target, { ...this.#options, onIdle: () => void this.#lanes.delete(key) });
      this.#lanes.set(key, lane);
    }
    return lane;
  }
}
