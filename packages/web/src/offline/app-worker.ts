/**
 * The page's side of the service worker: whether there is one, whether a newer build waits, and what it asks of the page.
 * States: absent for good (and why), or starting → active → update, when a newer build is ready to take over.
 */
import type { PageMessage, WorkerMessage } from "./worker/worker-scope.ts";

export type AppWorkerState =
  | { readonly name: "absent"; readonly why: "insecure" | "unsupported" | "failed" }
  | { readonly name: "starting" }
  | { readonly name: "active" }
  | { readonly name: "update" };

export interface AppWorkerOptions {
  /** Undefined where the browser has none. */
  readonly container: ServiceWorkerContainer | undefined;
  /** The page came over https, or from this very machine. */
  readonly isSecure: boolean;
  readonly reload: () => void;
}

const scriptPath = "/sw.js";

export class AppWorker {
  readonly #options: AppWorkerOptions;
  readonly #listeners = new Set<() => void>();
  readonly #placeListeners = new Set<(path: string) => void>();
  #state: AppWorkerState = { name: "starting" };
  #registration: ServiceWorkerRegistration | undefined;
  #isStarted = false;
  readonly #tried = Promise.withResolvers<void>();
  #isApplying = false;

  constructor(options: AppWorkerOptions) {
    this.#options = options;
  }

  get state(): AppWorkerState {
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Hears where a notification leads that was tapped; the answer ends that. */
  onPlace(listener: (path: string) => void): () => void {
    this.#placeListeners.add(listener);
    return () => this.#placeListeners.delete(listener);
  }

  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    void this.#start().then(() => this.#tried.resolve());
  }

  /** When it was started. Undefined where there is no worker. */
  async registration(): Promise<ServiceWorkerRegistration | undefined> {
    await this.#tried.promise;
    const { container } = this.#options;
    return this.#registration === undefined ? undefined : await container?.ready;
  }

  /** Asks whether the server has a newer build by now; says nothing when it cannot be reached. */
  lookForUpdate(): void {
    this.#registration?.update().catch(() => undefined);
  }

  /** Lets the newer build take over, and shows it. */
  applyUpdate(): void {
    const waiting = this.#registration?.waiting;
    if (waiting === null || waiting === undefined) return this.#options.reload();
    this.#isApplying = true;
    waiting.postMessage({ type: "skip_waiting" } satisfies PageMessage);
  }

  async #start(): Promise<void> {
    const { container, isSecure, reload } = this.#options;
    if (!isSecure || container === undefined) {
      return this.#enter({ name: "absent", why: isSecure ? "unsupported" : "insecure" });
    }
    // The first worker of a browser takes over pages that are of its own build.
    let hadWorker = container.controller !== null;
    container.addEventListener("controllerchange", () => {
      if (this.#isApplying) reload();
      else if (hadWorker) this.#enter({ name: "update" });
      hadWorker = true;
    });
    container.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (!isPlace(data)) return;
      for (const listener of this.#placeListeners) listener(data.path);
    });
    try {
      const registration = await container.register(scriptPath, { scope: "/", updateViaCache: "none" });
      this.#registration = registration;
      this.#enter({ name: "active" });
      if (registration.waiting !== null && container.controller !== null) this.#enter({ name: "update" });
      this.#watch(registration, container);
      registration.addEventListener("updatefound", () => this.#watch(registration, container));
    } catch {
      this.#enter({ name: "absent", why: "failed" });
    }
  }

  #watch({ installing }: ServiceWorkerRegistration, container: ServiceWorkerContainer): void {
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && container.controller !== null) this.#enter({ name: "update" });
    });
  }

  #enter(state: AppWorkerState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function isPlace(data: unknown): data is WorkerMessage {
  if (typeof data !== "object" || data === null || !("type" in data) || !("path" in data)) return false;
  return data.type === "open" && typeof data.path === "string" && data.path.startsWith("/");
}
