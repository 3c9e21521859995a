/**
 * Joining a mesh by invite, for `POST /join` ([INV-5] to [INV-8]). Serves strangers: every field is checked, failures
 * are counted per address, and the token and the join secret live in local variables only. They are never stored, never
 * logged, never repeated in an answer. It must not know HTTP.
 */
import { createHash } from "node:crypto";
import {
  HEX64_PATTERN,
  MESH_ERROR_CODES,
  MESH_LIMITS,
  WireError,
  inviteString,
  joinSecretInput,
  parseInviteToken,
  type MemberId,
  type MeshErrorCode,
  type MeshId,
  type PublicKey,
} from "@parlatory/protocol";
import type { JoinOutcome, MemberRow, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Audit } from "./audit.ts";
import { parseBody, toObject, type DeskAnswer } from "./desk-answer.ts";
import type { Directory } from "./directory.ts";
import { verifyEd25519 } from "./ed25519.ts";
import type { EventLog } from "./event-log.ts";
import { memberEvent } from "./members.ts";
import type { Clock, Log, Scheduler } from "../ports.ts";
import { toDisplayName } from "./presence.ts";
import { RateWindow } from "./rate-window.ts";

export interface JoinDeskOptions {
  store: Pick<Store, "findInvite" | "joinWithInvite">;
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  createId: () => string;
  directory: Pick<Directory, "mesh" | "noteMember">;
  events: Pick<EventLog, "emit">;
  audit: Pick<Audit, "note">;
  answerMs?: number | undefined;
}

interface JoinRequest {
  tokenHash: string;
  /** Mesh the token names; absent when only the join secret was sent. */
  meshId: MeshId | undefined;
  pubkey: PublicKey;
  displayName: string;
}

type Failure = { error: string; message: string };

export class JoinDesk {
  readonly #options: JoinDeskOptions;
  readonly #deadline: AnswerDeadline;
  readonly #failures: RateWindow;

  constructor(options: JoinDeskOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
    this.#failures = new RateWindow({ clock: options.clock, limit: MESH_LIMITS.joinFailuresPerMinute });
  }

  /** Answers one request; never throws. `body` is the text as it came, `address` that of the connection. */
  async handle(request: { body: string; address: string }): Promise<DeskAnswer> {
    const waitMs = this.#failures.waitMs(request.address);
    if (waitMs > 0) {
      const message = `more than ${MESH_LIMITS.joinFailuresPerMinute} failures within a minute from this address; wait`;
      return {
        status: 429,
        body: { ok: false, error: "rate_limited", message },
        retryAfterSeconds: Math.ceil(waitMs / 1000),
      };
    }
    try {
      const result = await this.#join(request.body);
      if ("error" in result) {
        this.#failures.hit(request.address);
        return { status: 400, body: { ok: false, ...result } };
      }
      const { member, isNew } = result;
      const body = { ok: true, memberId: member.id, meshId: member.meshId, ...(isNew ? {} : { alreadyMember: true }) };
      return { status: 200, body };
    } catch (error) {
      const code: MeshErrorCode = error instanceof WireError ? error.code : "internal";
      if (code === "internal") this.#options.log.error("a join failed", { error: String(error) });
      return {
        status: code === "internal" ? 500 : 503,
        body: { ok: false, error: code, message: MESH_ERROR_CODES[code].message },
      };
    }
  }

  async #join(body: string): Promise<{ member: MemberRow; isNew: boolean } | Failure> {
    const parsed = parseBody(body);
    if (parsed === undefined) return { error: "bad_json", message: "the body is not JSON" };
    const request = this.#read(parsed.value);
    if ("error" in request) return request;
    return this.#deadline.within(async () => {
      const { store, clock, createId, directory } = this.#options;
      const invite = await store.findInvite(request.tokenHash);
      if (invite === undefined) return refusal("invite_not_found");
      if (request.meshId === undefined && directory.mesh(invite.meshId) === undefined) return refusal("mesh_not_found");
      const now = clock.now();
      const outcome = await store.joinWithInvite({
        tokenHash: request.tokenHash,
        meshId: request.meshId,
        member: {
          id: createId() as MemberId,
          pubkey: request.pubkey,
          displayName: request.displayName,
          joinedAt: now,
          lastSeenAt: now,
        },
        now,
      });
      return this.#finish(outcome, invite.id);
    });
  }

  /** Fields, then what the token itself says, in the order of [INV-7]. */
  #read(value: unknown): JoinRequest | Failure {
    const fields = toObject(value);
    if (fields === undefined) return badField("the body must be a JSON object");
    const token = fields["invite_token"] ?? undefined;
    const secret = fields["join_secret"] ?? undefined;
    const pubkey = fields["peer_pubkey"];
    const name = fields["display_name"];
    if (token === undefined && secret === undefined) return badField("invite_token or join_secret is required");
    if (token !== undefined && (typeof token !== "string" || token === "")) {
      return badField("invite_token must be a text");
    }
    if (!isHex64(pubkey)) {
      return badField("peer_pubkey must be 64 lowercase hex characters");
    }
    const displayName = typeof name === "string" ? toDisplayName(name) : undefined;
    if (displayName === undefined || !displayName.isWellFormed()) {
      return badField("display_name must be a text with visible characters");
    }
    const who = { pubkey: pubkey as PublicKey, displayName };
    if (token === undefined) {
      if (!isHex64(secret)) return badField("join_secret must be 64 lowercase hex characters");
      return { ...who, tokenHash: sha256(secret), meshId: undefined };
    }

    const shape = parseInviteToken(token);
    if (!shape.ok) return { error: shape.code, message: `the invite token is ${shape.reason}` };
    const { invite } = shape;
    if (!verifyEd25519(invite.owner_pubkey, inviteString(invite), invite.signature)) {
      return refusal("invite_bad_signature");
    }
    // By id only: a slug may belong to another mesh by now.
    const mesh = this.#options.directory.mesh(invite.mesh_id);
    if (mesh?.id !== invite.mesh_id) return refusal("mesh_not_found");
    if (mesh.ownerPubkey !== invite.owner_pubkey) return refusal("invite_owner_mismatch");
    return { ...who, tokenHash: sha256(sha256(joinSecretInput(token))), meshId: mesh.id };
  }

  async #finish(outcome: JoinOutcome, inviteId: string): Promise<{ member: MemberRow; isNew: boolean } | Failure> {
    const { directory, events, audit } = this.#options;
    if (outcome.outcome !== "joined" && outcome.outcome !== "already_member") return refusal(outcome.outcome);
    const { member } = outcome;
    directory.noteMember(member);
    const isNew = outcome.outcome === "joined";
    if (isNew) {
      events.emit(member.meshId, "member_changed", memberEvent(member, "joined"));
      events.emit(member.meshId, "invite_changed", { id: inviteId, change: "used" });
      const data = { id: member.id, pubkey: member.pubkey, role: member.role };
      await audit.note({ meshId: member.meshId, actor: `invite:${inviteId}`, event: "member_joined", data });
    }
    return { member, isNew };
  }
}

function refusal(code: MeshErrorCode): Failure {
  return { error: code, message: MESH_ERROR_CODES[code].message };
}

function badField(problem: string): Failure {
  return { error: problem, message: problem };
}

function isHex64(value: unknown): value is string {
  return typeof value === "string" && HEX64_PATTERN.test(value);
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
