/**
 * The app itself, kept so that it starts without its server: its one document and every file it loads. A build has a cache
 * of its own. It must not know sessions, keys or anything that the server says: only files of the app are ever kept.
 *
 * A document comes from the server when that answers in time, so a new build is seen at once; its files, whose names hold a
 * hash, from the cache. Pages of the build before go on after an update, since its cache stays until the one after next.
 */
export interface ShellManifest {
  /** Of everything below. */
  readonly version: string;
  /** The first script, which the document of this build and of no other names. */
  readonly entry: string;
  /** Names hold a hash of the content. */
  readonly hashed: readonly string[];
  /** Names stay, contents change. */
  readonly fixed: readonly string[];
}

export interface ShellCacheOptions {
  readonly origin: string;
  readonly caches: CacheStorage;
  readonly fetch: (request: Request | string, options?: RequestInit) => Promise<Response>;
  readonly startTimer: (delayMs: number, run: () => void) => () => void;
  readonly manifest: ShellManifest;
}

const prefix = "parlatory-shell-";
const documentPath = "/";
const documentMs = 2_500;
const pagePattern = /^\/(?:(?:pair|sessions|approvals|commands|devices|settings|mesh)(?:\/[\w-]*)?\/?)?$/i;

export class ShellCache {
  readonly #options: ShellCacheOptions;
  readonly #name: string;
  readonly #paths: ReadonlySet<string>;

  constructor(options: ShellCacheOptions) {
    const { version, hashed, fixed } = options.manifest;
    this.#options = options;
    this.#name = `${prefix}${version}`;
    this.#paths = new Set([...hashed, ...fixed]);
  }

  /** Fetches all of the build. Rejects, and keeps nothing of it, when a part is missing or is of another build. */
  async install(): Promise<void> {
    const { caches, manifest } = this.#options;
    const cache = await caches.open(this.#name);
    try {
      const shell = await this.#load(documentPath);
      const text = await shell.clone().text();
      if (!text.includes(manifest.entry)) throw new Error("the server has another build of the app by now");
      await Promise.all([
        cache.put(documentPath, shell),
        ...manifest.hashed.map(async (path) => cache.put(path, (await this.#kept(path)) ?? (await this.#load(path)))),
        ...manifest.fixed.map(async (path) => cache.put(path, await this.#load(path))),
      ]);
    } catch (error) {
      await caches.delete(this.#name);
      throw error;
    }
  }

  /** Forgets all builds but this one and the one before it, whose pages may still be open. */
  async activate(): Promise<void> {
    const { caches } = this.#options;
    const others = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== this.#name);
    await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  }

  /** Undefined for everything that is no file of the app: that is the browser's business, as if there were no worker. */
  answer(request: Request): Promise<Response> | undefined {
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== this.#options.origin) return undefined;
    if (request.mode === "navigate") return pagePattern.test(pathname) ? this.#document(request) : undefined;
    return this.#paths.has(pathname) || pathname.startsWith("/assets/") ? this.#file(request, pathname) : undefined;
  }

  async #document(request: Request): Promise<Response> {
    const { fetch, startTimer } = this.#options;
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const cancel = startTimer(documentMs, () => resolve(undefined));
    const network = fetch(request);
    try {
      const response = await Promise.race([network, late]);
      if (response?.ok === true) return response;
      return (await this.#kept(documentPath)) ?? response ?? (await network);
    } catch (error) {
      const kept = await this.#kept(documentPath);
      if (kept === undefined) throw error;
      return kept;
    } finally {
      cancel();
      // A late failure is nobody's any more.
      network.catch(() => undefined);
    }
  }

  async #file(request: Request, path: string): Promise<Response> {
    return (await this.#kept(path)) ?? this.#options.fetch(request);
  }

  /** Of this build, else of another: a name with a hash means the same in all. */
  async #kept(path: string): Promise<Response | undefined> {
    const { caches } = this.#options;
    const own = await caches.match(path, { cacheName: this.#name, ignoreVary: true });
    if (own !== undefined || !path.startsWith("/assets/")) return own;
    for (const name of await caches.keys()) {
      const other = name.startsWith(prefix)
        ? await caches.match(path, { cacheName: name, ignoreVary: true })
        : undefined;
      if (other !== undefined) return other;
    }
    return undefined;
  }

  async #load(path: string): Promise<Response> {
    const response = await this.#options.fetch(path, { cache: "no-cache", credentials: "omit" });
    if (!response.ok) throw new Error(`${path} was answered ${response.status}`);
    return response;
  }
}
