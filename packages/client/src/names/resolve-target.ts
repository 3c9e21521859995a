import { isPublicKey, parseTarget, type Peer } from "@parlatory/protocol";

/** A peer named in an answer about names: enough to tell two apart. */
export interface TargetCandidate {
  name: string;
  host?: string | undefined;
  keyPrefix: string;
  /** What to send to. */
  targetSpec: string;
}

export type ResolvedTarget =
  | {
      ok: true;
      targetSpec: string;
      /** The row that was meant, when a name or prefix was resolved. */ peer?: Peer | undefined;
    }
  | { ok: false; code: "ambiguous"; message: string; candidates: TargetCandidate[] }
  | { ok: false; code: "unknown_recipient"; message: string; knownNames: string[] }
  | { ok: false; code: "channel_unsupported" | "bad_target"; message: string };

export interface OwnKeys {
  /** The own session key (or member key, of a presence without session key). */
  pubkey: string | undefined;
}

const KEY_PREFIX = /^[0-9a-f]{8,63}$/i;
const SHOWN_KEY_CHARS = 12;

/**
 * Finds whom a text means ([MCP-5]). `peers`: the answer of `list_peers` with `includeOffline`. A name is compared whole
 * and without case, then as a key prefix of at least 8 hex characters, then as a part of a name, then with members who
 * are offline. Among equals a connected session goes before one that is only held for its lease.
 */
export function resolveTarget(text: string, peers: readonly Peer[], me: OwnKeys): ResolvedTarget {
  const wanted = text.trim();
  // Names are compared below; here only what is a target as it stands.
  const target = parseTarget(wanted);
  if (target.kind !== "invalid") return { ok: true, targetSpec: wanted };
  if (target.code === "channel_unsupported") {
    return { ok: false, code: "channel_unsupported", message: `'${wanted}': there are no channels; use @group or *` };
  }
  if (target.code === "bad_target") {
    return { ok: false, code: "bad_target", message: `'${wanted}': @ must be followed by a group name` };
  }
  if (isPublicKey(wanted.toLowerCase())) return { ok: true, targetSpec: wanted.toLowerCase() };

  const others = peers.filter((peer) => peer.you !== true && peer.pubkey !== me.pubkey);
  const live = others.filter((peer) => peer.online);
  const offline = others.filter((peer) => !peer.online);
  const name = wanted.toLowerCase();
  const steps: (() => Match[])[] = [
    () => named(live, (candidate) => candidate === name),
    () => (KEY_PREFIX.test(wanted) ? withKeyPrefix(others, name) : []),
    () => named(live, (candidate) => candidate.includes(name)),
    () => named(offline, (candidate) => candidate === name),
  ];
  if (wanted !== "") {
    for (const step of steps) {
      const matches = step();
      if (matches.length > 0) return decide(wanted, matches);
    }
  }
  const knownNames = [...new Set([...live, ...offline].map((peer) => peer.displayName))];
  const known = knownNames.length === 0 ? "nobody else is here" : `known names: ${knownNames.join(", ")}`;
  return { ok: false, code: "unknown_recipient", message: `nobody is called '${wanted}'; ${known}`, knownNames };
}

/** Resolves a list; texts that mean the same target are merged under the first of them ([MCP-5]). */
export function resolveTargets(
  texts: readonly string[],
  peers: readonly Peer[],
  me: OwnKeys,
): { to: string; resolved: ResolvedTarget }[] {
  const seen = new Set<string>();
  const answers: { to: string; resolved: ResolvedTarget }[] = [];
  for (const to of texts) {
    const resolved = resolveTarget(to, peers, me);
    const same = resolved.ok
      ? `target ${resolved.targetSpec === "@all" ? "*" : resolved.targetSpec}`
      : `text ${to.trim()}`;
    if (seen.has(same)) continue;
    seen.add(same);
    answers.push({ to, resolved });
  }
  return answers;
}

/**
 * Takes the `<slug>:` off a target ([MCP-5]). Only the slug of a joined mesh counts as one, so that names with colons
 * can still be addressed.
 */
export function splitMeshPrefix(text: string, slugs: readonly string[]): { slug: string | undefined; target: string } {
  const colon = text.indexOf(":");
  const slug = colon < 0 ? undefined : text.slice(0, colon).trim();
  if (slug === undefined || !slugs.includes(slug)) return { slug: undefined, target: text };
  return { slug, target: text.slice(colon + 1).trim() };
}

interface Match {
  targetSpec: string;
  peer: Peer;
}

function named(peers: readonly Peer[], fits: (lowerCaseName: string) => boolean): Match[] {
  const matches = peers
    .filter((peer) => fits(peer.displayName.toLowerCase()))
    .map((peer) => ({ targetSpec: peer.online ? peer.pubkey : peer.memberPubkey, peer }));
  const connected = matches.filter(({ peer }) => peer.connected !== false);
  return distinct(connected.length > 0 ? connected : matches);
}

function withKeyPrefix(peers: readonly Peer[], prefix: string): Match[] {
  const bySession = peers
    .filter((peer) => peer.pubkey.startsWith(prefix))
    .map((peer) => ({ targetSpec: peer.pubkey, peer }));
  const byMember = peers
    .filter((peer) => peer.memberPubkey.startsWith(prefix))
    .map((peer) => ({ targetSpec: peer.memberPubkey, peer }));
  return distinct([...bySession, ...byMember]);
}

function distinct(matches: readonly Match[]): Match[] {
  const byTarget = new Map<string, Match>();
  for (const match of matches) if (!byTarget.has(match.targetSpec)) byTarget.set(match.targetSpec, match);
  return [...byTarget.values()];
}

function decide(wanted: string, matches: readonly Match[]): ResolvedTarget {
  const [first, ...rest] = matches;
  if (first !== undefined && rest.length === 0) return { ok: true, targetSpec: first.targetSpec, peer: first.peer };
  const candidates = matches.map(({ targetSpec, peer }) => ({
    name: peer.displayName,
    ...(typeof peer.host === "string" ? { host: peer.host } : {}),
    keyPrefix: targetSpec.slice(0, SHOWN_KEY_CHARS),
    targetSpec,
  }));
  const list = candidates
    .map((one) => `${one.name}${one.host === undefined ? "" : ` on ${one.host}`} (${one.keyPrefix})`)
    .join(", ");
  return { ok: false, code: "ambiguous", message: `'${wanted}' fits several: ${list}; use a key prefix`, candidates };
}
