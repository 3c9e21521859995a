/**
 * Which `Host` and `Origin` headers are served ([HTTP-3]): the defence against pages of other sites that reach a broker
 * on this machine through the user's browser. Pure; used for HTTP requests and for WebSocket upgrades alike.
 */
import { isIPv4, isIPv6 } from "node:net";

export interface OriginSettings {
  /** `PARL_HOST`. */
  host: string;
  /** `PARL_PUBLIC_URL`. */
  publicUrl?: string | undefined;
  /** `PARL_ALLOWED_HOSTS`, split. */
  allowedHosts?: readonly string[] | undefined;
  /** `PARL_ALLOWED_ORIGINS`, split. */
  allowedOrigins?: readonly string[] | undefined;
}

export interface OriginPolicy {
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string>;
}

/** Where an `Origin` header stands: `same` as the host asked, `listed` in the settings, `none` sent, or `refused`. */
export type OriginVerdict = "none" | "same" | "listed" | "refused";

/** Prepares the settings for comparison: names in lower case, origins as browsers write them. */
export function createOriginPolicy(settings: OriginSettings): OriginPolicy {
  const hosts = new Set(["localhost"]);
  const names = [settings.host, ...(settings.allowedHosts ?? [])];
  if (settings.publicUrl !== undefined && URL.canParse(settings.publicUrl)) {
    names.push(new URL(settings.publicUrl).hostname);
  }
  for (const name of names) {
    const clean = name.trim().toLowerCase();
    if (clean !== "") hosts.add(clean);
  }
  const origins = new Set<string>();
  for (const listed of settings.allowedOrigins ?? []) {
    const origin = toOrigin(listed.trim());
    if (origin !== undefined) origins.add(origin);
  }
  return { hosts, origins };
}

/** Tells whether requests for this `Host` header are answered; the port does not matter. */
export function isAllowedHost(policy: OriginPolicy, hostHeader: string | undefined): boolean {
  const name = hostName(hostHeader);
  if (name === undefined) return false;
  return isIPv4(name) || (name.startsWith("[") && isIPv6(name.slice(1, -1))) || policy.hosts.has(name);
}

/** Judges an `Origin` header against the `Host` header of the same request. `null` and lists are refused. */
export function judgeOrigin(
  policy: OriginPolicy,
  originHeader: string | undefined,
  hostHeader: string | undefined,
): OriginVerdict {
  if (originHeader === undefined) return "none";
  const origin = toOrigin(originHeader);
  if (origin === undefined) return "refused";
  if (policy.origins.has(origin)) return "listed";
  // TLS ends at a proxy, so the scheme the browser used is not known here: only host and port can be compared.
  const scheme = origin.startsWith("https:") ? "https" : "http";
  const own = hostHeader === undefined ? undefined : toOrigin(`${scheme}://${hostHeader}`);
  return own === origin ? "same" : "refused";
}

/**
 * Where a client reaches this server. A page of the server itself knows its own scheme, also behind a proxy that ends TLS;
 * of others only the host is known, and whether this connection is encrypted.
 */
export function serverOrigin(
  originHeader: string | undefined,
  hostHeader: string | undefined,
  isEncrypted: boolean,
): string | undefined {
  if (hostHeader === undefined) return undefined;
  const origin = toOrigin(originHeader ?? "");
  if (origin !== undefined && origin === toOrigin(`${new URL(origin).protocol}//${hostHeader}`)) return origin;
  return toOrigin(`${isEncrypted ? "https" : "http"}://${hostHeader}`);
}

/** The host part in lower case, IPv6 in brackets; undefined when the header is no host with an optional port. */
function hostName(header: string | undefined): string | undefined {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:/?#@\\\s[\]]+)(?::\d{1,5})?$/.exec(header ?? "");
  return match?.[1]?.toLowerCase();
}

/** An http(s) origin as browsers write it; undefined for anything else, `null` among it. */
function toOrigin(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).origin;
}
