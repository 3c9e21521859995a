/** Sessions that were hidden in this browser, so that they can be shown again; the server keeps no list of them to read ([SESS-4]). */
export interface HiddenSession {
  readonly sessionId: string;
  readonly name: string;
}

const storageKey = "parlatory.hidden-sessions";
/** The oldest are forgotten; they can still be reached by their address. */
const maxHidden = 100;

/** Newest first. */
export function readHiddenSessions(storage: Storage): readonly HiddenSession[] {
  try {
    const read: unknown = JSON.parse(storage.getItem(storageKey) ?? "[]");
    return Array.isArray(read) ? read.filter(isHiddenSession) : [];
  } catch {
    return [];
  }
}

export function writeHiddenSessions(storage: Storage, hidden: readonly HiddenSession[]): void {
  storage.setItem(storageKey, JSON.stringify(hidden.slice(0, maxHidden)));
}

function isHiddenSession(value: unknown): value is HiddenSession {
  const { sessionId, name } = (value ?? {}) as Partial<HiddenSession>;
  return typeof sessionId === "string" && typeof name === "string";
}
