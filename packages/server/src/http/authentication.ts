import { invariant } from "@parlatory/protocol";
import type { ApiTokens } from "../mesh/api-tokens.ts";
import type { Directory } from "../mesh/directory.ts";
import type { Caller } from "./caller.ts";
import { HttpError } from "./http-error.ts";
import type { OwnerSignatures } from "./owner-signature.ts";
import { bearerToken, isSameSecret } from "./secret-equality.ts";

/** What a request shows to say who sent it. */
export interface Credentials {
  request: Request;
  path: string;
  /** Mesh named in the path, by id or slug. */
  meshName: string | undefined;
  /** Read only when a signature covers it. */
  readBody: () => Promise<Uint8Array>;
}

/** Finds out who calls ([HTTP-2], [HTTP-4], [HTTP-5]); the same on loopback as anywhere. */
export class Authentication {
  readonly #adminToken: string;
  readonly #apiTokens: Pick<ApiTokens, "authenticate">;
  readonly #ownerSignatures: Pick<OwnerSignatures, "verify">;
  readonly #directory: Pick<Directory, "mesh">;

  constructor(options: {
    adminToken: string;
    apiTokens: Pick<ApiTokens, "authenticate">;
    ownerSignatures: Pick<OwnerSignatures, "verify">;
    directory: Pick<Directory, "mesh">;
  }) {
    invariant(options.adminToken.length >= 32, "an admin token has at least 32 characters");
    this.#adminToken = options.adminToken;
    this.#apiTokens = options.apiTokens;
    this.#ownerSignatures = options.ownerSignatures;
    this.#directory = options.directory;
  }

  /** Raises `unauthorized`, `storage_unavailable`. */
  async identify(credentials: Credentials): Promise<Caller> {
    const token = bearerToken(credentials.request);
    const caller = token === undefined ? await this.#identifyOwner(credentials) : await this.#identifyToken(token);
    if (caller === undefined) throw new HttpError("unauthorized", undefined, {}, { "www-authenticate": "Bearer" });
    return caller;
  }

  async #identifyToken(secret: string): Promise<Caller | undefined> {
    if (isSameSecret(secret, this.#adminToken)) {
      return {
        kind: "broker",
        scope: "admin",
        meshId: undefined,
        name: "admin",
        actor: "admin-token",
        isStillValid: alwaysValid,
      };
    }
    const token = await this.#apiTokens.authenticate(secret);
    if (token === undefined) return undefined;
    return {
      kind: "token",
      scope: token.scope,
      meshId: token.meshId,
      name: token.name,
      actor: `token:${token.id}`,
      isStillValid: async () => (await this.#apiTokens.authenticate(secret)) !== undefined,
    };
  }

  async #identifyOwner({ request, path, meshName, readBody }: Credentials): Promise<Caller | undefined> {
    const header = request.headers.get("parl-owner");
    const mesh = meshName === undefined ? undefined : this.#directory.mesh(meshName);
    if (header === null || mesh === undefined) return undefined;
    const signed = { header, method: request.method, path, body: await readBody() };
    if (!(await this.#ownerSignatures.verify(mesh.ownerPubkey, signed))) return undefined;
    return { kind: "owner", scope: "admin", meshId: mesh.id, name: "owner", actor: "owner", isStillValid: alwaysValid };
  }
}

async function alwaysValid(): Promise<boolean> {
  return true;
}
