/** The token of the dashboard: from the fragment of the link that `parl status --dashboard` prints, or pasted ([DASH-1]). */

const storageKey = "parlatory.mesh.token";

/** Takes a token out of the address, where nobody should read it over a shoulder, and remembers it for this tab. */
export function takeTokenFromAddress(location: Location, history: History, storage: Storage): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return;
  saveToken(storage, token);
  history.replaceState(history.state, "", location.pathname);
}

export function readToken(storage: Storage): string | undefined {
  return storage.getItem(storageKey) ?? undefined;
}

export function saveToken(storage: Storage, token: string | undefined): void {
  if (token === undefined) storage.removeItem(storageKey);
  else storage.setItem(storageKey, token.trim());
}
