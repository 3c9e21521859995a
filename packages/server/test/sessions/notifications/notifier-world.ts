import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Notifier } from "../../../src/sessions/notifications/notifier.ts";
import type { PushFetch } from "../../../src/sessions/notifications/push-client.ts";
import { parsePushSettings } from "../../../src/sessions/notifications/push-settings.ts";
import { loadVapidKeys, type VapidKeys } from "../../../src/sessions/notifications/vapid-keys.ts";
import type { PushSubscriptionRow } from "../../../src/store/remote-store.ts";
import { HeldTime } from "../../support/held-time.ts";
import { MemoryLog } from "../../support/memory-log.ts";

export const SESSION = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";

/** A notifier in time that stands still, with real HTTP: a test moves time and waits for what really arrives. */
export class NotifierWorld {
  readonly time = new HeldTime(Date.UTC(2026, 2, 1, 12, 0, 0));
  readonly log = new MemoryLog();
  readonly openClients = new Set<string>();
  readonly subscriptions = new Map<string, PushSubscriptionRow>();
  readonly counts: string[] = [];
  readonly vapidKeys: VapidKeys;
  readonly notifier: Notifier;
  readonly #home: string;
  /** Requests under way, so that a test can wait until all have ended. */
  readonly #requests = new Set<Promise<unknown>>();

  constructor(targets: unknown[], options: { timeZone?: string; failingStore?: boolean; fetch?: PushFetch } = {}) {
    this.#home = mkdtempSync(join(tmpdir(), "parl-test-push-"));
    this.vapidKeys = loadVapidKeys({ home: this.#home, userId: process.getuid?.(), randomBytes, log: this.log });
    const { fetch: given = globalThis.fetch } = options;
    this.notifier = new Notifier({
      targets: parsePushSettings(targets),
      store: {
        listPushSubscriptions: async () => {
          if (options.failingStore === true) throw new Error("the database is away");
          return [...this.subscriptions.values()];
        },
        removePushSubscription: async (deviceId, endpoint) => {
          if (this.subscriptions.get(deviceId)?.endpoint === endpoint) this.subscriptions.delete(deviceId);
        },
      },
      vapidKeys: this.vapidKeys,
      contact: "mailto:anna@example.org",
      sessionUrl: (sessionId) => `https://parl.example.org/#/sessions/${sessionId}`,
      findSession: (sessionId) => (sessionId === SESSION ? { name: "Fix the cart", agent: "claude" } : undefined),
      isClientSessionOpen: (id) => this.openClients.has(id),
      timeZone: options.timeZone ?? "UTC",
      fetch: (url, init) => {
        const request = given(url, init);
        const forget = (): boolean => this.#requests.delete(ended);
        const ended: Promise<boolean> = request.then(forget, forget);
        this.#requests.add(ended);
        return request;
      },
      clock: this.time,
      scheduler: this.time,
      randomUuid: randomUUID,
      log: this.log,
      metrics: {
        pushSent: (kind) => void this.counts.push(`${kind} sent`),
        pushDropped: (kind, reason) => void this.counts.push(`${kind} ${reason}`),
      },
    });
  }

  /** The ten seconds in which several become one are over, and what is told then is on its way. */
  async gather(): Promise<void> {
    await this.time.advance(10_000);
    await this.settle();
  }

  /** Until every request has its answer and what follows from it was done. */
  async settle(): Promise<void> {
    do {
      await Promise.all(this.#requests);
      // Bodies of answers end, encryption is loaded: real work, a few turns of the real event loop.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      await this.time.settle();
    } while (this.#requests.size > 0);
  }

  async stop(): Promise<void> {
    await this.notifier.stop();
    await rm(this.#home, { recursive: true, force: true });
  }

  complete(text = "All 42 tests pass.", clientSessionId = "phone", sessionId = SESSION): void {
    this.notifier.turnComplete({ sessionId, clientSessionId, text });
  }

  ask(requestId: string, summary = "Bash npm publish", sessionId = SESSION): void {
    this.notifier.needsInput({ sessionId, requestId, summary });
  }
}
