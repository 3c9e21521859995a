import { hash } from "node:crypto";
import { MESH_LIMITS, ownerRequestString, parseOwnerHeader, type PublicKey } from "@parlatory/protocol";
import { verifyEd25519 } from "../mesh/ed25519.ts";
import type { GroupCommit } from "../mesh/group-commit.ts";
import type { Clock } from "../ports.ts";
import { ReplayMemory } from "../mesh/replay-memory.ts";
import type { Store } from "../store/store.ts";

const MAX_SIGNATURES = 100_000;

export interface SignedRequest {
  /** Value of `Parl-Owner`. */
  header: string;
  method: string;
  path: string;
  body: Uint8Array;
}

/** Verifies requests signed by a mesh's owner, each accepted once, also across a restart ([HTTP-5]). */
export class OwnerSignatures {
  readonly #clock: Clock;
  readonly #store: Pick<Store, "isHelloSeen">;
  readonly #commit: Pick<GroupCommit, "submit">;
  readonly #startedAt: number;
  readonly #seen = new ReplayMemory({ memoryMs: MESH_LIMITS.replayMemoryMs, maxEntries: MAX_SIGNATURES });

  constructor(options: { clock: Clock; store: Pick<Store, "isHelloSeen">; commit: Pick<GroupCommit, "submit"> }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#commit = options.commit;
    this.#startedAt = options.clock.now();
  }

  /** False for anything but a fresh signature by this key over this request. Raises StoreUnavailableError. */
  async verify(ownerPubkey: PublicKey, request: SignedRequest): Promise<boolean> {
    const header = parseOwnerHeader(request.header);
    if (header === undefined) return false;
    const now = this.#clock.now();
    if (Math.abs(now - header.timestamp) > MESH_LIMITS.maxClockSkewMs) return false;
    const bodyHash = hash("sha256", request.body, "hex");
    const signed = ownerRequestString({
      method: request.method,
      path: request.path,
      bodyHash,
      timestamp: header.timestamp,
    });
    if (!verifyEd25519(ownerPubkey, signed, header.signature)) return false;
    const key = hash("sha256", `owner|${ownerPubkey}|${header.timestamp}|${header.signature}`, "hex");
    if (this.#seen.isSeen(key, now) || !this.#seen.note(key, now)) return false;
    // What was accepted before a restart can only be repeated for as long as its timestamp is fresh.
    if (header.timestamp <= this.#startedAt + MESH_LIMITS.maxClockSkewMs && (await this.#store.isHelloSeen(key))) {
      return false;
    }
    await this.#remember(key, now);
    return true;
  }

  async #remember(key: string, at: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#commit.submit({
      helloSeen: { key, at },
      settle: (outcome) => (outcome.ok ? resolve() : reject(outcome.error)),
    });
    await promise;
  }
}
