const storageKey = "parlatory.palette";
const MOST = 20;

/** Ids of what was chosen in this browser, the last first. */
export function readRecent(storage: Storage): readonly string[] {
  try {
    const ids: unknown = JSON.parse(storage.getItem(storageKey) ?? "[]");
    return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function rememberChoice(storage: Storage, id: string): void {
  const ids = [id, ...readRecent(storage).filter((other) => other !== id)].slice(0, MOST);
  storage.setItem(storageKey, JSON.stringify(ids));
}
