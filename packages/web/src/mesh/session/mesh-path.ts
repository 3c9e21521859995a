/** The address of a mesh's peers, of one of them where it is named. */
export function meshPath(meshId: string, pubkey?: string): string {
  const query = new URLSearchParams({ mesh: meshId, ...(pubkey === undefined ? {} : { peer: pubkey }) });
  return `/mesh/peers?${query.toString()}`;
}

/** The mesh that an address names. */
export function meshOf(search: string): string | undefined {
  return new URLSearchParams(search).get("mesh") ?? undefined;
}
