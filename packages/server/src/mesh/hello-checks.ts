import { hash } from "node:crypto";
import {
  MESH_LIMITS,
  RESERVED_GROUP,
  WireError,
  helloString,
  isGroupName,
  sessionProofString,
  type HelloFrame,
  type PublicKey,
} from "@parlatory/protocol";
import type { MemberRow, MeshRow, Store } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import { verifyEd25519 } from "./ed25519.ts";
import type { Clock } from "../ports.ts";
import { ReplayMemory } from "./replay-memory.ts";

export interface HelloChecksOptions {
  clock: Clock;
  directory: Pick<Directory, "mesh" | "memberByKey">;
  store: Pick<Store, "isHelloSeen">;
}

/** Who says hello, as far as it can be proven. */
export interface CheckedHello {
  mesh: MeshRow;
  member: MemberRow;
  /** The session key signed this hello too. */
  proven: boolean;
}

const MAX_MEMBER_HELLOS = 1_000_000;
const MAX_STRANGER_HELLOS = 100_000;

/** The checks 1 to 6 of section 3: what a hello says and proves, before anything is done about it. */
export class HelloChecks {
  readonly #options: HelloChecksOptions;
  readonly #startedAt: number;
  readonly #seen = new ReplayMemory({ memoryMs: MESH_LIMITS.replayMemoryMs, maxEntries: MAX_MEMBER_HELLOS });
  /** Anybody can make keys and sign with them: such hellos must not crowd out those of members. */
  readonly #seenOfStrangers = new ReplayMemory({
    memoryMs: MESH_LIMITS.replayMemoryMs,
    maxEntries: MAX_STRANGER_HELLOS,
  });

  constructor(options: HelloChecksOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /**
   * Checks 1 to 4; gives the key by which the hello is recognised when it comes again. Raises WireError with the code of
   * the first check that fails, and StoreUnavailableError.
   */
  async checkAuthentic(hello: HelloFrame): Promise<string> {
    checkShapes(hello);
    this.#checkClock(hello);
    if (!verifyEd25519(hello.pubkey, helloString(hello), hello.signature)) throw new WireError("bad_signature");
    const key = replayKey(hello);
    this.#checkReplay(hello, key);
    if (await this.#isSeenBeforeStart(hello, key)) throw new WireError("replayed");
    return key;
  }

  /** Checks 5 and 6, against what holds now. Raises WireError with the code of the first one that fails. */
  checkMembership(hello: HelloFrame): CheckedHello {
    const { mesh, member } = this.#findMember(hello);
    return { mesh, member, proven: checkSessionProof(hello, mesh) };
  }

  #checkClock(hello: HelloFrame): void {
    const now = this.#options.clock.now();
    if (Math.abs(now - hello.timestamp) > MESH_LIMITS.maxClockSkewMs) {
      throw new WireError("timestamp_skew", undefined, { serverTime: now });
    }
  }

  #checkReplay(hello: HelloFrame, key: string): void {
    const now = this.#options.clock.now();
    if (this.#seen.isSeen(key, now) || this.#seenOfStrangers.isSeen(key, now)) throw new WireError("replayed");
    const isOfMember =
      this.#options.directory.mesh(hello.meshId)?.id === hello.meshId && this.#memberOf(hello) !== undefined;
    // A stranger's hello is refused anyway, whether it is remembered or not.
    if (!isOfMember) this.#seenOfStrangers.note(key, now);
    else if (!this.#seen.note(key, now)) {
      throw new WireError("replayed", "too many hellos in a short time; sign a new timestamp later");
    }
  }

  /** Only a hello that could have been accepted before this start is looked up: two minutes later none can. */
  async #isSeenBeforeStart(hello: HelloFrame, key: string): Promise<boolean> {
    const isOldEnough = hello.timestamp <= this.#startedAt + MESH_LIMITS.maxClockSkewMs;
    const isStartRecent = this.#options.clock.now() <= this.#startedAt + MESH_LIMITS.replayMemoryMs;
    return (
      isOldEnough &&
      isStartRecent &&
      this.#memberOf(hello) !== undefined &&
      (await this.#options.store.isHelloSeen(key))
    );
  }

  #memberOf(hello: HelloFrame): MemberRow | undefined {
    const { directory } = this.#options;
    const mesh = directory.mesh(hello.meshId);
    return mesh?.id === hello.meshId ? directory.memberByKey(mesh.id, hello.pubkey as PublicKey) : undefined;
  }

  #findMember(hello: HelloFrame): { mesh: MeshRow; member: MemberRow } {
    const mesh = this.#options.directory.mesh(hello.meshId);
    const member = this.#memberOf(hello);
    if (mesh === undefined || member === undefined || member.id !== hello.memberId) throw new WireError("unauthorized");
    if (member.revokedAt !== undefined) throw new WireError("revoked");
    return { mesh, member };
  }
}

/** What the frame's schema does not say: the names and the number of the groups ([GRP-1], [GRP-2], [GRP-4]). */
function checkShapes(hello: HelloFrame): void {
  const groups = hello.groups ?? [];
  for (const [index, { name }] of groups.entries()) {
    if (name === RESERVED_GROUP || isGroupName(name)) continue;
    const field = `groups[${index}].name`;
    throw new WireError("malformed", `\`${field}\` is no group name`, { field });
  }
  const names = new Set(groups.map((group) => group.name));
  names.delete(RESERVED_GROUP);
  if (names.size > MESH_LIMITS.groupsPerPresence) {
    throw new WireError("malformed", `\`groups\` has more than ${MESH_LIMITS.groupsPerPresence} entries`, {
      field: "groups",
    });
  }
}

/** Raises `bad_session_proof`, `session_proof_required` ([HELLO-5], [POL-3]). Tells whether the session key is proven. */
function checkSessionProof(hello: HelloFrame, mesh: MeshRow): boolean {
  const { sessionPubkey, sessionProof } = hello;
  if (sessionProof !== undefined) {
    const isRight =
      sessionPubkey !== undefined &&
      verifyEd25519(sessionPubkey, sessionProofString({ ...hello, sessionPubkey }), sessionProof);
    if (!isRight) throw new WireError("bad_session_proof");
    return true;
  }
  if (sessionPubkey === undefined) return false;
  const isLegacy = hello.capabilities === undefined;
  if (!isLegacy || mesh.policies.requireSessionProof) throw new WireError("session_proof_required");
  return false;
}

function replayKey(hello: HelloFrame): string {
  return hash("sha256", `${hello.pubkey}|${hello.timestamp}|${hello.signature}`, "base64url");
}
