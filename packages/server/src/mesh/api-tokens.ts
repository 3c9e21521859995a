import { createHash } from "node:crypto";
import { BROKER_ID_PATTERN, WireError, encodeBase64Url, type MeshId, type TokenId } from "@parlatory/protocol";
import type { ApiTokenRow, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Audit } from "./audit.ts";
import type { Clock, RandomBytes, Scheduler } from "../ports.ts";
import { toDisplayName } from "./presence.ts";

const SECRET = /^parl_[A-Za-z0-9_-]{43}$/;

export interface ApiTokensOptions {
  store: Pick<Store, "createToken" | "findToken" | "listTokens" | "revokeToken">;
  clock: Clock;
  scheduler: Scheduler;
  randomBytes: RandomBytes;
  createId: () => string;
  audit: Pick<Audit, "note">;
  answerMs?: number | undefined;
}

/** Tokens for the HTTP interface of one mesh ([HTTP-4], [HTTP-14]). Only their SHA-256 is kept. */
export class ApiTokens {
  readonly #options: ApiTokensOptions;
  readonly #deadline: AnswerDeadline;

  constructor(options: ApiTokensOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /** Makes a token; its secret is known to the caller only, and only now. Raises `bad_request`, `storage_unavailable`. */
  async create(
    request: { meshId: MeshId; name: string; scope: ApiTokenRow["scope"]; expiresAt?: number | undefined },
    actor: string,
  ): Promise<{ token: ApiTokenRow; secret: string }> {
    const name = toDisplayName(request.name);
    if (name === undefined) throw new WireError("bad_request", "`name` has no visible character", { field: "name" });
    const { store, clock, randomBytes, createId, audit } = this.#options;
    const secret = `parl_${encodeBase64Url(randomBytes(32).subarray(0, 32))}`;
    const token: ApiTokenRow = {
      ...request,
      id: createId() as TokenId,
      name,
      hash: hashOf(secret),
      createdAt: clock.now(),
    };
    return this.#deadline.within(async () => {
      await store.createToken(token);
      await audit.note({
        meshId: token.meshId,
        actor,
        event: "token_created",
        data: { id: token.id, name, scope: token.scope },
      });
      return { token, secret };
    });
  }

  /** The token this secret belongs to, unless it expired or was revoked. Raises `storage_unavailable`. */
  async authenticate(secret: string): Promise<ApiTokenRow | undefined> {
    if (!SECRET.test(secret)) return undefined;
    const token = await this.#deadline.within(() => this.#options.store.findToken(hashOf(secret)));
    if (token === undefined || token.revokedAt !== undefined) return undefined;
    return token.expiresAt !== undefined && token.expiresAt <= this.#options.clock.now() ? undefined : token;
  }

  async list(meshId: MeshId): Promise<ApiTokenRow[]> {
    return this.#deadline.within(() => this.#options.store.listTokens(meshId));
  }

  /** Raises `not_found`, `storage_unavailable`. */
  async revoke(meshId: MeshId, id: TokenId, actor: string): Promise<void> {
    const { store, clock, audit } = this.#options;
    if (!BROKER_ID_PATTERN.test(id)) throw new WireError("not_found");
    await this.#deadline.within(async () => {
      if (!(await store.revokeToken(meshId, id, clock.now()))) throw new WireError("not_found");
      await audit.note({ meshId, actor, event: "token_revoked", data: { id } });
    });
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}
