import type { MeshEntry } from "@parlatory/client";

/** A mesh this machine is a member of; what a `MeshClient` needs of it is there by the same names [CLI-4]. */
export interface JoinedMesh extends MeshEntry {
  /** Shown to people; the slug where the mesh has none of its own. */
  readonly name: string;
  /** ISO-8601. */
  readonly joinedAt: string;
}

/** A mesh whose owner key is kept here and nowhere else [INV-4]. */
export interface OwnedMesh {
  readonly meshId: string;
  readonly slug: string;
  readonly ownerPubkey: string;
  /** hex128. */
  readonly ownerSecretKey: string;
  /** b64url of 32 bytes. */
  readonly rootKey: string;
  readonly brokerUrl: string;
}

/** `PARL_HOME/config.json`. Objects may hold more keys than these; whoever changes one spreads it, so that they stay. */
export interface Config {
  readonly version: 1;
  readonly meshes: readonly JoinedMesh[];
  readonly owned: readonly OwnedMesh[];
  readonly displayName?: string | undefined;
  /** Text form of [GRP-5]. */
  readonly groups?: string | undefined;
  readonly role?: string | undefined;
  readonly messageMode?: string | undefined;
}

export const emptyConfig: Config = { version: 1, meshes: [], owned: [] };

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problem: string };

/** Reads the text of a config file; `problem` completes the sentence "the config …" and repeats no value. */
export function parseConfig(text: string): ConfigResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "is not JSON" };
  }
  if (!isObject(value)) return { ok: false, problem: "is not a JSON object" };
  const { version = 1, meshes, owned = [] } = value;
  if (!Array.isArray(meshes)) return { ok: false, problem: "has no `meshes` array" };
  if (!Array.isArray(owned)) return { ok: false, problem: "has an `owned` that is no array" };
  if (version !== 1) return { ok: false, problem: "is of a version this program does not know; update `parl`" };
  for (const key of ["displayName", "groups", "role", "messageMode"]) {
    if (value[key] !== undefined && typeof value[key] !== "string") {
      return { ok: false, problem: `has a \`${key}\` that is no text` };
    }
  }
  const wrong = findWrongEntry("meshes", meshes, joinedKeys) ?? findWrongEntry("owned", owned, ownedKeys);
  if (wrong !== undefined) return { ok: false, problem: wrong };
  const named = (meshes as JoinedMesh[]).map((mesh) =>
    typeof mesh.name === "string" ? mesh : { ...mesh, name: mesh.slug },
  );
  return { ok: true, config: { ...value, version: 1, meshes: named, owned: owned as OwnedMesh[] } };
}

const joinedKeys = ["meshId", "memberId", "slug", "pubkey", "secretKey", "brokerUrl"];
const ownedKeys = ["meshId", "slug", "ownerPubkey", "ownerSecretKey", "rootKey", "brokerUrl"];

function findWrongEntry(list: string, entries: readonly unknown[], keys: readonly string[]): string | undefined {
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) return `has a \`${list}[${index}]\` that is no object`;
    const missing = keys.find((key) => typeof entry[key] !== "string" || entry[key] === "");
    if (missing !== undefined) return `has no \`${list}[${index}].${missing}\``;
    // A command must not fail for an address in the middle of what it does.
    if (!/^wss?:\/\/[^/?#\s]/iu.test(entry["brokerUrl"] as string) || !URL.canParse(entry["brokerUrl"] as string)) {
      return `has a \`${list}[${index}].brokerUrl\` that is no ws or wss address`;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
