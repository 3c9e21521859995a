/** The http origin of a broker, from its http or ws address; the path is ignored. */
export function httpOrigin(url: string): string {
  const parsed = new URL(url);
  const secure = parsed.protocol === "wss:" || parsed.protocol === "https:";
  return `${secure ? "https" : "http"}://${parsed.host}`;
}
