import type {
  ApiTokenBody,
  AuditEntryBody,
  InviteBody,
  MemberBody,
  MemoryBody,
  MeshBody,
  MeshPolicies,
  MessageLedgerBody,
  PeerBody,
  StateBody,
} from "@parlatory/protocol";
import type { ApiClient } from "./api-client.ts";

export interface NewMesh {
  slug: string;
  name?: string | undefined;
  owner_pubkey: string;
  policies?: Partial<MeshPolicies> | undefined;
}

export interface NewInvite {
  token_hash: string;
  role: "admin" | "member";
  /** 1-1000. */
  max_uses: number;
  /** Seconds since the epoch. */
  expires_at: number;
}

/** Meshes of a broker ([HTTP-8]); creating needs the admin token. */
export async function listMeshes(api: ApiClient): Promise<MeshBody[]> {
  return (await api.request<{ meshes: MeshBody[] }>({ method: "GET", path: ["meshes"] })).body.meshes;
}

export async function createMesh(api: ApiClient, mesh: NewMesh): Promise<MeshBody> {
  return (await api.request<MeshBody>({ method: "POST", path: ["meshes"], body: mesh })).body;
}

/**
 * The routes of one mesh that commands use, named by id or slug ([HTTP-8] to [HTTP-15]). Every call rejects like
 * `ApiClient.request`; whatever is not here is a `request` away.
 */
export class MeshApi {
  readonly #api: ApiClient;
  readonly #mesh: string;

  constructor(api: ApiClient, mesh: string) {
    this.#api = api;
    this.#mesh = mesh;
  }

  get(): Promise<MeshBody> {
    return this.#read([]);
  }
  async changePolicies(policies: Partial<MeshPolicies>): Promise<MeshPolicies> {
    return (await this.#write<{ policies: MeshPolicies }>("PATCH", ["policy"], { policies })).policies;
  }
  async archive(): Promise<void> {
    await this.#write("DELETE", []);
  }
  async listPeers(
    query: { group?: string | undefined; include_offline?: boolean | undefined } = {},
  ): Promise<PeerBody[]> {
    return (await this.#read<{ peers: PeerBody[] }>(["peers"], query)).peers;
  }
  async listMembers(): Promise<MemberBody[]> {
    return (await this.#read<{ members: MemberBody[] }>(["members"])).members;
  }
  addMember(member: { peer_pubkey: string; display_name: string; role: "admin" | "member" }): Promise<MemberBody> {
    return this.#write("POST", ["members"], member);
  }
  async revokeMember(id: string): Promise<void> {
    await this.#write("DELETE", ["members", id]);
  }
  async listState(prefix?: string): Promise<StateBody[]> {
    return (await this.#read<{ entries: StateBody[] }>(["state"], { prefix })).entries;
  }
  listMemories(
    query: {
      query?: string | undefined;
      tags?: string | undefined;
      limit?: number | undefined;
      before?: string | undefined;
    } = {},
  ): Promise<{ memories: MemoryBody[]; next: string | null }> {
    return this.#read(["memories"], query);
  }
  /** The ledger of one message, without any body ([HTTP-12]). */
  getMessage(id: string): Promise<MessageLedgerBody> {
    return this.#read(["messages", id]);
  }
  async listInvites(): Promise<InviteBody[]> {
    return (await this.#read<{ invites: InviteBody[] }>(["invites"])).invites;
  }
  createInvite(invite: NewInvite): Promise<InviteBody> {
    return this.#write("POST", ["invites"], invite);
  }
  revokeInvite(id: string): Promise<InviteBody> {
    return this.#write("DELETE", ["invites", id]);
  }
  /** The secret is in this answer only ([HTTP-14]). */
  createToken(token: {
    name: string;
    scope: "read" | "write" | "admin";
    expires_at?: string | undefined;
  }): Promise<ApiTokenBody & { token: string }> {
    return this.#write("POST", ["tokens"], token);
  }
  listAudit(
    query: { since?: number | undefined; verify?: boolean | undefined } = {},
  ): Promise<{ entries: AuditEntryBody[]; chain?: "ok" | "broken" }> {
    return this.#read(["audit"], { ...query, verify: query.verify === true ? 1 : undefined });
  }

  async #read<Body>(
    path: readonly string[],
    query: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ): Promise<Body> {
    return (await this.#api.request<Body>({ method: "GET", path: ["meshes", this.#mesh, ...path], query })).body;
  }

  async #write<Body>(method: "POST" | "PATCH" | "DELETE", path: readonly string[], body?: unknown): Promise<Body> {
    return (await this.#api.request<Body>({ method, path: ["meshes", this.#mesh, ...path], body })).body;
  }
}
