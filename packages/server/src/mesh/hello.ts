/**
 * The hello: from a well-formed frame to an attached presence and its `hello_ack`, or to the first check of section 3
 * that fails. It knows keys, members and presences; it must not know sockets. The checks that need no database run
 * without interruption from the membership to the attachment, so that two hellos cannot both take one place.
 */
import { hash } from "node:crypto";
import {
  MESH_LIMITS,
  RESERVED_GROUP,
  WireError,
  helloString,
  isGroupName,
  negotiateCapabilities,
  sessionProofString,
  type HelloAckFrame,
  type HelloFrame,
  type PublicKey,
} from "@parlatory/protocol";
import { encodeFrame } from "@parlatory/protocol/codec";
import { StoreUnavailableError, type MemberRow, type MeshRow, type SessionRow, type Store } from "../store/store.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { Directory } from "./directory.ts";
import { verifyEd25519 } from "./ed25519.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Clock, PresenceConnection, RandomBytes } from "./ports.ts";
import { isLive, type Presence } from "./presence.ts";
import type { Presences } from "./presences.ts";
import { ReplayMemory } from "./replay-memory.ts";
import type { SessionKeys } from "./session-keys.ts";

export interface HellosOptions {
  clock: Clock;
  randomBytes: RandomBytes;
  directory: Directory;
  presences: Presences;
  sessionKeys: SessionKeys;
  commit: Pick<GroupCommit, "submit" | "isDown">;
  delivery: Pick<Delivery, "mailboxCounts">;
  store: Pick<Store, "isHelloSeen">;
  /** Applies a hook that came before its session ([HOOK-13]). */
  applyPendingHook: (presence: Presence) => void;
}

export interface Greeting {
  presence: Presence;
  ack: HelloAckFrame;
}

const HOOK_TOKEN_BYTES = 32;
const MAX_MEMBER_HELLOS = 1_000_000;
const MAX_STRANGER_HELLOS = 100_000;

export class Hellos {
  readonly #options: HellosOptions;
  readonly #startedAt: number;
  readonly #seen = new ReplayMemory({ memoryMs: MESH_LIMITS.replayMemoryMs, maxEntries: MAX_MEMBER_HELLOS });
  /** Anybody can make keys and sign with them: such hellos must not crowd out those of members. */
  readonly #seenOfStrangers = new ReplayMemory({
    memoryMs: MESH_LIMITS.replayMemoryMs,
    maxEntries: MAX_STRANGER_HELLOS,
  });

  constructor(options: HellosOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /**
   * Carries out a hello whose fields have the right types. Raises WireError with the code of the first check that
   * fails, in the order of section 3, and StoreUnavailableError while the database is down.
   */
  async greet(hello: HelloFrame, connection: PresenceConnection): Promise<Greeting> {
    checkShapes(hello);
    this.#checkClock(hello);
    if (!verifyEd25519(hello.pubkey, helloString(hello), hello.signature)) throw new WireError("bad_signature");
    const key = replayKey(hello);
    this.#checkReplay(hello, key);
    if (await this.#isSeenBeforeStart(hello, key)) throw new WireError("replayed");
    const { mesh, member } = this.#findMember(hello);
    const proven = checkSessionProof(hello, mesh);
    return this.#attach(hello, mesh, member, proven, key, connection);
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

  async #attach(
    hello: HelloFrame,
    mesh: MeshRow,
    member: MemberRow,
    proven: boolean,
    replayedKey: string,
    connection: PresenceConnection,
  ): Promise<Greeting> {
    const { presences, sessionKeys, commit, randomBytes, clock } = this.#options;
    const sessionPubkey = hello.sessionPubkey as PublicKey | undefined;
    const isSession = hello.presence !== "control";
    const displaced =
      sessionPubkey === undefined ? undefined : sessionKeys.checkClaim(member, sessionPubkey, proven).displaced;
    this.#checkCapacity(hello, mesh, member, displaced);
    if (commit.isDown) throw new StoreUnavailableError("no hello is taken while the database is down");
    if (displaced !== undefined && isSession) this.#displace(displaced);

    const hookToken = hello.hookToken ?? Buffer.from(randomBytes(HOOK_TOKEN_BYTES)).toString("base64url");
    const capabilities = negotiateCapabilities(hello.capabilities ?? []);
    const { presence, resumed } = presences.attach({
      meshId: mesh.id,
      member,
      hello,
      capabilities,
      modern: hello.capabilities !== undefined,
      hookTokenHash: hash("sha256", hookToken, "hex"),
      connection,
    });
    const session =
      sessionPubkey === undefined || !isSession ? undefined : sessionKeys.claim(presence, sessionPubkey, proven);
    if (isSession) this.#options.applyPendingHook(presence);
    try {
      await this.#commit(presence, session, { key: replayedKey, at: clock.now() });
    } catch (error) {
      // It was never acknowledged: a presence that was new is not here, one that was known has lost its connection.
      presences.detach(presence, connection, !resumed);
      throw error;
    }
    return { presence, ack: this.#toAck(hello, mesh, member, presence, resumed, hookToken) };
  }

  #checkCapacity(hello: HelloFrame, mesh: MeshRow, member: MemberRow, displaced: Presence | undefined): void {
    const { presences } = this.#options;
    if (hello.presence === "control") {
      if (presences.countControl(mesh.id) >= MESH_LIMITS.controlPresences) throw new WireError("capacity");
      return;
    }
    if (presences.findResumable(mesh.id, member.id, hello) !== undefined) return;
    const leaving = displaced !== undefined && isLive(displaced) ? 1 : 0;
    if (presences.countLive(mesh.id) - leaving >= mesh.policies.maxPeers) throw new WireError("capacity");
  }

  /** The unproven holder of a key that was now proven by another member ([HELLO-6]). */
  #displace(holder: Presence): void {
    const { code, message } = new WireError("session_key_taken");
    holder.connection?.send(encodeFrame({ type: "error", code, message }));
    this.#options.presences.expel(holder, 1008, code);
  }

  #commit(presence: Presence, session: SessionRow | undefined, helloSeen: { key: string; at: number }): Promise<void> {
    const { commit, presences } = this.#options;
    return new Promise((resolve, reject) => {
      commit.submit({
        ...(presence.kind === "session" ? { presence: presences.toRow(presence) } : {}),
        ...(session === undefined ? {} : { session }),
        helloSeen,
        settle: (outcome) => (outcome.ok ? resolve() : reject(outcome.error)),
      });
    });
  }

  #toAck(
    hello: HelloFrame,
    mesh: MeshRow,
    member: MemberRow,
    presence: Presence,
    resumed: boolean,
    hookToken: string,
  ): HelloAckFrame {
    // As it is now: a policy may have changed while the hello was being written.
    const policies = this.#options.directory.policies(mesh.id);
    return {
      type: "hello_ack",
      presenceId: presence.id,
      memberDisplayName: presence.displayName,
      capabilities: presence.capabilities,
      serverTime: this.#options.clock.now(),
      meshSlug: mesh.slug,
      protocol: 1,
      memberRole: member.role,
      resumed,
      hookToken,
      mailbox: this.#options.delivery.mailboxCounts(presence),
      meshPolicy: {
        requireSessionProof: policies.requireSessionProof,
        allowPlaintextGroups: policies.allowPlaintextGroups,
        messageLog: policies.messageLog,
      },
      ...(hello._reqId === undefined ? {} : { _reqId: hello._reqId }),
    };
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
