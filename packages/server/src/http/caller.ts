import type { MeshId } from "@parlatory/protocol";
import type { HttpAccess } from "@parlatory/protocol/codec";

/** Who calls, and what that allows ([HTTP-4], [HTTP-5]). */
export interface Caller {
  readonly kind: "broker" | "token" | "owner";
  readonly scope: "read" | "write" | "admin";
  /** The only mesh this caller may see; absent with the admin token, which sees all. */
  readonly meshId: MeshId | undefined;
  /** Shown as the author of what the caller writes. */
  readonly name: string;
  /** As the audit names it. */
  readonly actor: string;
  /** Asked again while an event stream is open. Raises `storage_unavailable`. */
  readonly isStillValid: () => Promise<boolean>;
}

const RANK = { read: 0, write: 1, admin: 2 } as const;

/** Tells whether a caller may use a route in its own mesh. */
export function mayCall(caller: Caller, access: HttpAccess): boolean {
  if (access === "broker") return caller.kind === "broker";
  if (access === "read" || access === "write" || access === "admin") return RANK[caller.scope] >= RANK[access];
  return true;
}
