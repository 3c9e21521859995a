import { getRequestListener } from "@hono/node-server";
import type { RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import type { Broker } from "./broker.ts";
import { readBuildInfo } from "./build-info.ts";
import type { ServerConfig } from "./config.ts";
import { createHttpApp, type HttpApp } from "./http/http-app.ts";
import { createWaitingApp } from "./http/waiting-app.ts";
import type { RemoteHttp } from "./http/remote-http.ts";
import type { Clock, Log, Scheduler } from "./ports.ts";
import type { Metrics } from "./observability/metrics.ts";
import type { OriginPolicy } from "./origin.ts";
import type { Store } from "./store/store.ts";

export interface HttpFrontOptions {
  config: ServerConfig;
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  metrics: Metrics;
  origins: OriginPolicy;
  remote: RemoteHttp;
  adminToken: string;
  startedAt: number;
}

/** What HTTP requests meet: the waiting room until the database has answered, then the whole interface ([HTTP-6]). */
export class HttpFront {
  readonly listener: RequestListener;
  readonly #options: HttpFrontOptions;
  readonly #build = readBuildInfo();
  #app: HttpApp | undefined;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    const { clock, scheduler, metrics, origins, config, startedAt } = options;
    const waiting = createWaitingApp({
      clock,
      scheduler,
      origins,
      startedAt,
      renderMetrics: () => metrics.text(),
      metricsToken: config.metricsToken,
      ...this.#build,
    });
    this.listener = getRequestListener(
      (request, bindings) => this.#app?.fetch(request, bindings) ?? waiting.fetch(request),
    ) as RequestListener;
  }

  /** From now on requests are answered from this broker. */
  open(broker: Broker, store: Store): void {
    const { config, metrics, ...shared } = this.#options;
    this.#app = createHttpApp({
      ...shared,
      ...this.#build,
      ...broker,
      webFolder: fileURLToPath(new URL("../web/", import.meta.url)),
      store,
      metrics,
      renderMetrics: () => metrics.text(),
      metricsToken: config.metricsToken,
      maxBodyBytes: config.maxBodyBytes,
      listPeers: (meshId, { group, includeOffline, withProcess }) =>
        broker.peerList.forToken(meshId, withProcess, { group, includeOffline }),
      readLedger: (meshId, messageId) => broker.delivery.ledger(meshId, messageId),
    });
  }

  /** Ends the open event streams, so that the listener can close. */
  endStreams(): void {
    this.#app?.endStreams();
  }
}
