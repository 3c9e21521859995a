/**
 * Status hooks, for `POST /hook/set-status` (section 8). Serves strangers on the machine: a hook acts on the presence
 * of its token, or, from loopback, on the one session it can only mean. What fits nobody yet waits a few seconds for a
 * hello. It must not know HTTP; whether a request came through a proxy is told to it.
 */
import { MESH_LIMITS } from "@parlatory/protocol";
import type { BoardMetrics } from "./board-metrics.ts";
import type { DeskAnswer } from "./desk-answer.ts";
import type { Directory } from "./directory.ts";
import { isOfOtherSession, isOfProcess, matchHook } from "./hook-match.ts";
import { parseHookRequest, type HookRequest } from "./hook-request.ts";
import type { Clock } from "../ports.ts";
import { isLive, type Presence } from "./presence.ts";
import type { Presences } from "./presences.ts";
import { RateWindow } from "./rate-window.ts";

const MAX_PENDING = 1_000;

export interface HookDeskOptions {
  clock: Clock;
  presences: Pick<Presences, "all" | "ofHookToken" | "setStatus">;
  directory: Pick<Directory, "meshes" | "policies">;
  metrics: BoardMetrics;
  /** Per session or process; default 30 ([LIM-13]). */
  ratePerMinute?: number | undefined;
}

export interface HookCall {
  /** The text as it came. */
  body: string;
  /** Of the connection. */
  address: string;
  /** The request carries `Forwarded`, `X-Forwarded-For` or `Via` ([HOOK-12]). */
  isForwarded: boolean;
}

type Pending = HookRequest & { expiresAt: number };

export class HookDesk {
  readonly #options: HookDeskOptions;
  readonly #perKey: RateWindow;
  readonly #perAddress: RateWindow;
  /** Oldest first; when full the oldest goes, as if its ten seconds were over. */
  #pending: Pending[] = [];

  constructor(options: HookDeskOptions) {
    this.#options = options;
    this.#perKey = new RateWindow({
      clock: options.clock,
      limit: options.ratePerMinute ?? MESH_LIMITS.hookRatePerMinute,
    });
    this.#perAddress = new RateWindow({ clock: options.clock, limit: MESH_LIMITS.hookRatePerMinutePerAddress });
  }

  /** Answers one request; never throws. */
  handleStatus(call: HookCall): DeskAnswer {
    const { result, answer } = this.#handle(call);
    this.#options.metrics.hookRequest(result);
    return answer;
  }

  /** Applies what a hook said before this presence said hello, once ([HOOK-13]). To be called after it was attached. */
  applyPending(presence: Presence): void {
    const now = this.#options.clock.now();
    const rest: Pending[] = [];
    const fitting: Pending[] = [];
    for (const pending of this.#pending) {
      if (pending.expiresAt <= now) continue;
      (this.#fits(pending, presence) ? fitting : rest).push(pending);
    }
    this.#pending = rest;
    const latest = fitting.at(-1);
    if (latest !== undefined) this.#options.presences.setStatus(presence, latest.status, "hook");
  }

  #handle(call: HookCall): { result: string; answer: DeskAnswer } {
    const addressWaitMs = this.#perAddress.take(call.address);
    if (addressWaitMs > 0) return rateLimited(addressWaitMs);
    const parsed = parseHookRequest(call.body);
    if (!parsed.ok) {
      return { result: "bad", answer: { status: parsed.status, body: { ok: false, error: parsed.error } } };
    }
    const { hook } = parsed;
    const keyWaitMs = this.#perKey.take(
      hook.sessionId === undefined ? `process ${hook.pid ?? ""}:${hook.cwd}` : `session ${hook.sessionId}`,
    );
    if (keyWaitMs > 0) return rateLimited(keyWaitMs);
    if (hook.tokenHash !== undefined) {
      const owners = [...this.#options.presences.ofHookToken(hook.tokenHash)].filter(isLive);
      return owners.length > 0 ? this.#apply(hook, owners) : this.#keep(hook);
    }
    if (
      call.isForwarded ||
      !isLoopback(call.address) ||
      !this.#options.directory.meshes().some((mesh) => mesh.policies.allowLoopbackHooks)
    ) {
      return { result: "unauthorized", answer: { status: 401, body: { ok: false, error: "token_required" } } };
    }
    const match = matchHook(hook, this.#loopbackCandidates());
    if (match.outcome === "matched") return this.#apply(hook, match.presences);
    if (match.outcome === "nothing") return this.#keep(hook);
    return { result: "ambiguous", answer: { status: 200, body: { ok: false, error: "ambiguous" } } };
  }

  #apply(hook: HookRequest, presences: readonly Presence[]): { result: string; answer: DeskAnswer } {
    const ids = presences.map((presence) => presence.id);
    const taken = presences.filter((presence) => this.#options.presences.setStatus(presence, hook.status, "hook"));
    const applied = taken.length > 0;
    const body = { ok: true, presence_id: ids[0], presence_ids: ids, applied };
    return { result: applied ? "applied" : "ignored", answer: { status: 200, body } };
  }

  #keep(hook: HookRequest): { result: string; answer: DeskAnswer } {
    const now = this.#options.clock.now();
    this.#pending = this.#pending.filter((pending) => pending.expiresAt > now).slice(-(MAX_PENDING - 1));
    this.#pending.push({ ...hook, expiresAt: now + MESH_LIMITS.hookPendingMs });
    return { result: "pending", answer: { status: 200, body: { ok: true, pending: true } } };
  }

  #fits(pending: Pending, presence: Presence): boolean {
    if (presence.kind === "control") return false;
    // The newest hash is that of the present hello: the token it proposed, or one that nobody could know yet.
    if (pending.tokenHash !== undefined) return presence.hookTokenHashes[0] === pending.tokenHash;
    if (!this.#options.directory.policies(presence.meshId).allowLoopbackHooks || isOfOtherSession(pending, presence)) {
      return false;
    }
    if (pending.sessionId !== undefined && presence.claudeSessionId === pending.sessionId) return true;
    return presence.cwd === pending.cwd && isOfProcess(pending, presence);
  }

  *#loopbackCandidates(): Iterable<Presence> {
    for (const presence of this.#options.presences.all()) {
      if (this.#options.directory.policies(presence.meshId).allowLoopbackHooks) yield presence;
    }
  }
}

/** Tells whether an address of a connection is this machine's own: 127/8, `::1`, and the same mapped into IPv6. */
function isLoopback(address: string): boolean {
  return /^(::ffff:)?127(\.\d{1,3}){3}$/i.test(address) || address === "::1";
}

function rateLimited(waitMs: number): { result: string; answer: DeskAnswer } {
  const answer: DeskAnswer = {
    status: 429,
    body: { ok: false, error: "rate limited" },
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  };
  return { result: "rate_limited", answer };
}
