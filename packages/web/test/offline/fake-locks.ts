/** Locks by name, first come first served, as browsers have them. */
export class FakeLocks {
  readonly #held = new Set<string>();
  readonly #queues = new Map<string, (() => void)[]>();

  get manager(): LockManager {
    return { request: this.#request.bind(this), query: () => Promise.resolve({}) } as unknown as LockManager;
  }

  async #request(name: string, given: LockOptions | LockGrantedCallback<unknown>, run?: LockGrantedCallback<unknown>) {
    const options = typeof given === "function" ? {} : given;
    const callback = typeof given === "function" ? given : run;
    if (callback === undefined) throw new TypeError("a lock is for something");
    if (this.#held.has(name)) {
      if (options.ifAvailable === true) return callback(null);
      await this.#wait(name, options.signal);
    }
    this.#held.add(name);
    try {
      return await callback({ name, mode: "exclusive" });
    } finally {
      this.#held.delete(name);
      this.#queues.get(name)?.shift()?.();
    }
  }

  #wait(name: string, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const queue = this.#queues.get(name) ?? [];
    queue.push(resolve);
    this.#queues.set(name, queue);
    signal?.addEventListener("abort", () => {
      const place = queue.indexOf(resolve);
      if (place !== -1) queue.splice(place, 1);
      reject(new DOMException("given up", "AbortError"));
    });
    return promise;
  }
}
