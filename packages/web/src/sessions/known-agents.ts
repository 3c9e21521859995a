const storageKey = "parlatory.agents";
const maxAgents = 50;

/** Agents that were seen in sessions or answers, in this browser; the server has no list of them to ask for. */
export function readKnownAgents(storage: Storage): readonly string[] {
  try {
    const read: unknown = JSON.parse(storage.getItem(storageKey) ?? "[]");
    return Array.isArray(read) ? read.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

export function addKnownAgents(storage: Storage, seen: Iterable<string>): void {
  const known = readKnownAgents(storage);
  const all = [...new Set([...known, ...seen])].slice(0, maxAgents);
  if (all.length > known.length) storage.setItem(storageKey, JSON.stringify(all.sort()));
}
