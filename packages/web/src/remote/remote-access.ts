/** What this browser needs to be let in: its key, and the identity under which the server keeps its answers ([AUTH-1], [NAME-4]). */

const storageKey = "parlatory.remote";

export interface RemoteAccess {
  /** Absent: the server asks for none ([AUTH-9]). */
  readonly apiKey: string | undefined;
  /** Of this browser, over reloads: it owns the answers that wait at the server. */
  readonly clientSessionId: string;
  readonly deviceName: string;
}

/** Undefined when nobody has signed in here. */
export function readAccess(storage: Storage): RemoteAccess | undefined {
  const text = storage.getItem(storageKey);
  if (text === null) return undefined;
  try {
    const { apiKey, clientSessionId, deviceName } = JSON.parse(text) as Partial<RemoteAccess>;
    if (typeof clientSessionId !== "string" || typeof deviceName !== "string") return undefined;
    return { apiKey: typeof apiKey === "string" ? apiKey : undefined, clientSessionId, deviceName };
  } catch {
    return undefined;
  }
}

export function saveAccess(storage: Storage, access: RemoteAccess | undefined): void {
  if (access === undefined) storage.removeItem(storageKey);
  else storage.setItem(storageKey, JSON.stringify(access));
}

/** Whether a page of this address is one of the remote: the mesh has a sign-in of its own, and pairing may give another key. */
export function hasRemote(address: string): boolean {
  return !/^\/(?:mesh|pair)(?:\/|$)/.test(address);
}
