/**
 * Which tabs of this browser are alive, by the locks they hold ([CLIENT-5]). A tab holds the lock of its own name for as
 * long as it lives; whoever gets another tab's lock knows that it is gone. Browsers without locks (pages over plain http)
 * take every other tab for gone.
 */
export interface TabLocks {
  /** Held until the tab is gone or the answer is called. Resolves when it is held. */
  hold(tab: string): Promise<() => void>;
  /** Runs `take` under the lock of another tab when that one is gone now; tells whether it ran. */
  ifGone(tab: string, take: () => Promise<void>): Promise<boolean>;
  /** Runs `take` once the other tab is gone, which may take long. */
  whenGone(tab: string, take: () => Promise<void>, signal: AbortSignal): Promise<void>;
}

const noLocks: TabLocks = {
  hold: () => Promise.resolve(() => undefined),
  async ifGone(_tab, take) {
    await take();
    return true;
  },
  whenGone: () => Promise.resolve(),
};

const nameOf = (tab: string): string => `parlatory.tab.${tab}`;

/** `locks`: undefined where the browser has none. */
export function createTabLocks(locks: LockManager | undefined): TabLocks {
  if (locks === undefined) return noLocks;
  return {
    hold(tab) {
      const held = Promise.withResolvers<() => void>();
      locks
        .request(nameOf(tab), () => {
          const { promise, resolve } = Promise.withResolvers<void>();
          held.resolve(resolve);
          return promise;
        })
        .catch(held.reject);
      return held.promise;
    },
    ifGone: (tab, take) =>
      locks.request(nameOf(tab), { ifAvailable: true }, async (lock) => {
        if (lock === null) return false;
        await take();
        return true;
      }),
    async whenGone(tab, take, signal) {
      try {
        await locks.request(nameOf(tab), { signal }, take);
      } catch (error) {
        // Nobody waits for it any more.
        if (!signal.aborted) throw error;
      }
    },
  };
}
