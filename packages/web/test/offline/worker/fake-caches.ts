/** The caches of a browser in memory: named, in the order of making, each by path. */
export class FakeCaches {
  readonly #byName = new Map<string, Map<string, Response>>();

  get storage(): CacheStorage {
    const caches: Pick<CacheStorage, "open" | "keys" | "delete" | "match"> = {
      open: (name) => Promise.resolve(this.#open(name)),
      keys: () => Promise.resolve([...this.#byName.keys()]),
      delete: (name) => Promise.resolve(this.#byName.delete(name)),
      match: (path, options) => Promise.resolve(this.#match(pathOf(path), options?.cacheName)),
    };
    return caches as CacheStorage;
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  pathsOf(name: string): string[] {
    return [...(this.#byName.get(name)?.keys() ?? [])].toSorted();
  }

  #open(name: string): Cache {
    const entries = this.#byName.get(name) ?? new Map<string, Response>();
    this.#byName.set(name, entries);
    const cache: Pick<Cache, "put"> = {
      put: (path, response) => {
        // A body is read once, and what is kept is a body of its own.
        if (response.bodyUsed) return Promise.reject(new TypeError("the body was read already"));
        entries.set(pathOf(path), response);
        return Promise.resolve();
      },
    };
    return cache as Cache;
  }

  #match(path: string, name: string | undefined): Response | undefined {
    for (const [each, entries] of this.#byName) {
      if (name === undefined || name === each) {
        const found = entries.get(path);
        if (found !== undefined) return found.clone();
      }
    }
    return undefined;
  }
}

/** The app names what it keeps by paths. */
function pathOf(path: RequestInfo | URL): string {
  if (typeof path !== "string") throw new TypeError("a path is a text");
  return path;
}
