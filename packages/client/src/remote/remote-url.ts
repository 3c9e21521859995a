/** The address of the remote socket of a server, from any http or ws address of it; `/remote` is added unless it is there. */
export function remoteUrl(server: string): string {
  const url = new URL(server);
  const isSecure = url.protocol === "wss:" || url.protocol === "https:";
  const path = url.pathname.replace(/\/+$/u, "");
  return `${isSecure ? "wss" : "ws"}://${url.host}${path.endsWith("/remote") ? path : `${path}/remote`}`;
}
