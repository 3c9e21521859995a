/**
 * The hello: from a well-formed frame to an attached presence and its `hello_ack`, or to the first check of section 3
 * that fails. It knows keys, members and presences; it must not know sockets. The checks that need no database run
 * without interruption from the membership to the attachment, so that two hellos cannot both take one place.
 */
import { hash } from "node:crypto";
import {
  MESH_LIMITS,
  WireError,
  negotiateCapabilities,
  type HelloAckFrame,
  type HelloFrame,
  type PublicKey,
} from "@parlatory/protocol";
import { encodeFrame } from "@parlatory/protocol/codec";
import { StoreUnavailableError, type MemberRow, type MeshRow, type SessionRow, type Store } from "../store/store.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { Directory } from "./directory.ts";
import type { GroupCommit } from "./group-commit.ts";
import { HelloChecks } from "./hello-checks.ts";
import type { PresenceConnection } from "./ports.ts";
import type { Clock, RandomBytes } from "../ports.ts";
import { isLive, type Presence } from "./presence.ts";
import type { Presences } from "./presences.ts";
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

export class Hellos {
  readonly #options: HellosOptions;
  readonly #checks: HelloChecks;

  constructor(options: HellosOptions) {
    this.#options = options;
    this.#checks = new HelloChecks(options);
  }

  /**
   * Carries out a hello whose fields have the right types. Raises WireError with the code of the first check that
   * fails, in the order of section 3, and StoreUnavailableError while the database is down.
   */
  async greet(hello: HelloFrame, connection: PresenceConnection): Promise<Greeting> {
    const key = await this.#checks.checkAuthentic(hello);
    const { mesh, member, proven } = this.#checks.checkMembership(hello);
    return this.#attach(hello, mesh, member, proven, key, connection);
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
