import type { StartedIds } from "./command-runs.ts";

const storageKey = "parlatory.commands";

/** In this browser's storage, under whose identity the commands were started. */
export function createStartedIds(storage: Storage): StartedIds {
  return {
    read() {
      try {
        const ids: unknown = JSON.parse(storage.getItem(storageKey) ?? "[]");
        return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
      } catch {
        return [];
      }
    },
    write: (ids) => storage.setItem(storageKey, JSON.stringify(ids)),
  };
}
