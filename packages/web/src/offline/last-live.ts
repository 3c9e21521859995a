/** When this browser last was connected: what is shown without a connection is as old as that. Over reloads. */

const storageKey = "parlatory.last-live";

export function readLastLive(storage: Storage): number | undefined {
  const text = storage.getItem(storageKey);
  return text === null || !/^\d+$/.test(text) ? undefined : Number(text);
}

export function saveLastLive(storage: Storage, now: number | undefined): void {
  if (now === undefined) storage.removeItem(storageKey);
  else storage.setItem(storageKey, String(now));
}
