/**
 * Every route of the HTTP interface as data. The server builds its application from this table and the OpenAPI document
 * is generated from it and from `route-schemas.ts`, so none of them can say something the others do not.
 */
import type { HttpErrorCode } from "./error-codes.ts";

/**
 * Who may call: `none` everybody; `metrics` who has the metrics token, if one is set; `any` every valid caller; `read`,
 * `write`, `admin` a caller with that scope in the mesh; `broker` the admin token only.
 */
export type HttpAccess = "none" | "metrics" | "any" | "read" | "write" | "admin" | "broker";

export interface HttpRoute {
  readonly rule: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Names in braces stand for one percent-encoded segment. */
  readonly path: string;
  readonly summary: string;
  readonly access: HttpAccess;
  /** Request headers with a meaning here. */
  readonly headers?: readonly string[];
  /** The body is judged by the route itself and may have any content type. */
  readonly takesAnyBody?: true;
  readonly status: 200 | 201;
  readonly errors: readonly HttpErrorCode[];
}

const MESH = "/api/v1/meshes/{mesh}";

export const HTTP_ROUTES = {
  getHealth: {
    rule: "HTTP-6",
    method: "GET",
    path: "/health",
    access: "none",
    summary: "Whether the broker and its database work",
    status: 200,
    errors: [],
  },
  getMetrics: {
    rule: "HTTP-7",
    method: "GET",
    path: "/metrics",
    access: "metrics",
    summary: "Metrics as Prometheus text",
    status: 200,
    errors: ["unauthorized"],
  },
  join: {
    rule: "INV-6",
    method: "POST",
    path: "/join",
    access: "none",
    takesAnyBody: true,
    summary: "Join a mesh by invite",
    status: 200,
    errors: ["bad_json", "bad_request", "payload_too_large", "rate_limited", "storage_unavailable"],
  },
  showInvite: {
    rule: "INV-10",
    method: "GET",
    path: "/join/{token}",
    access: "none",
    summary: "Page that shows an invite and the command to accept it",
    status: 200,
    errors: ["bad_request"],
  },
  setHookStatus: {
    rule: "HOOK-8",
    method: "POST",
    path: "/hook/set-status",
    access: "none",
    takesAnyBody: true,
    summary: "Status of an agent, told by its hooks",
    status: 200,
    errors: ["bad_json", "bad_request", "unauthorized", "payload_too_large", "rate_limited"],
  },
  listMeshes: {
    rule: "HTTP-8",
    method: "GET",
    path: "/api/v1/meshes",
    access: "any",
    summary: "The meshes the caller may see",
    status: 200,
    errors: [],
  },
  createMesh: {
    rule: "HTTP-8",
    method: "POST",
    path: "/api/v1/meshes",
    access: "broker",
    summary: "Create a mesh",
    status: 201,
    errors: ["slug_taken"],
  },
  getMesh: {
    rule: "HTTP-8",
    method: "GET",
    path: MESH,
    access: "admin",
    summary: "One mesh with its policies",
    status: 200,
    errors: [],
  },
  archiveMesh: {
    rule: "HTTP-8",
    method: "DELETE",
    path: MESH,
    access: "admin",
    summary: "Archive a mesh for good",
    status: 200,
    errors: [],
  },
  changePolicies: {
    rule: "HTTP-8",
    method: "PATCH",
    path: `${MESH}/policy`,
    access: "admin",
    summary: "Change policies, all or none",
    status: 200,
    errors: [],
  },
  listPeers: {
    rule: "HTTP-9",
    method: "GET",
    path: `${MESH}/peers`,
    access: "read",
    summary: "Presences, and with include_offline members without one",
    status: 200,
    errors: [],
  },
  listMembers: {
    rule: "HTTP-9",
    method: "GET",
    path: `${MESH}/members`,
    access: "read",
    summary: "Members, revoked ones too",
    status: 200,
    errors: [],
  },
  addMember: {
    rule: "HTTP-9",
    method: "POST",
    path: `${MESH}/members`,
    access: "admin",
    summary: "Add a member by public key",
    status: 201,
    errors: ["member_revoked"],
  },
  revokeMember: {
    rule: "INV-9",
    method: "DELETE",
    path: `${MESH}/members/{id}`,
    access: "admin",
    summary: "Revoke a member and close its connections",
    status: 200,
    errors: ["not_found"],
  },
  listState: {
    rule: "HTTP-10",
    method: "GET",
    path: `${MESH}/state`,
    access: "read",
    summary: "State entries by key",
    status: 200,
    errors: [],
  },
  getState: {
    rule: "HTTP-10",
    method: "GET",
    path: `${MESH}/state/{key}`,
    access: "read",
    summary: "One state entry; its version is the ETag",
    headers: ["If-None-Match"],
    status: 200,
    errors: ["not_found"],
  },
  putState: {
    rule: "HTTP-10",
    method: "PUT",
    path: `${MESH}/state/{key}`,
    access: "write",
    summary: "Write a state entry; obeys If-Match and If-None-Match: *",
    headers: ["If-Match", "If-None-Match"],
    status: 200,
    errors: ["version_conflict", "value_too_large", "limit_reached"],
  },
  deleteState: {
    rule: "HTTP-10",
    method: "DELETE",
    path: `${MESH}/state/{key}`,
    access: "write",
    summary: "Delete a state entry; obeys If-Match",
    headers: ["If-Match"],
    status: 200,
    errors: ["not_found", "version_conflict"],
  },
  listMemories: {
    rule: "HTTP-11",
    method: "GET",
    path: `${MESH}/memories`,
    access: "read",
    summary: "Memories: found by query, or newest first",
    status: 200,
    errors: [],
  },
  addMemory: {
    rule: "HTTP-11",
    method: "POST",
    path: `${MESH}/memories`,
    access: "write",
    summary: "Remember a text",
    status: 201,
    errors: ["value_too_large", "limit_reached"],
  },
  forgetMemory: {
    rule: "HTTP-11",
    method: "DELETE",
    path: `${MESH}/memories/{id}`,
    access: "admin",
    summary: "Forget a memory by id or unique prefix",
    status: 200,
    errors: ["not_found", "ambiguous"],
  },
  listMessages: {
    rule: "HTTP-12",
    method: "GET",
    path: `${MESH}/messages`,
    access: "read",
    summary: "Log of plaintext multicasts, newest first",
    status: 200,
    errors: ["log_off"],
  },
  getMessage: {
    rule: "HTTP-12",
    method: "GET",
    path: `${MESH}/messages/{id}`,
    access: "admin",
    summary: "Path of one message to each recipient, without any body",
    status: 200,
    errors: ["not_found"],
  },
  listInvites: {
    rule: "HTTP-13",
    method: "GET",
    path: `${MESH}/invites`,
    access: "admin",
    summary: "Registered invites",
    status: 200,
    errors: [],
  },
  createInvite: {
    rule: "HTTP-13",
    method: "POST",
    path: `${MESH}/invites`,
    access: "admin",
    summary: "Register an invite made by the owner",
    status: 201,
    errors: [],
  },
  revokeInvite: {
    rule: "HTTP-13",
    method: "DELETE",
    path: `${MESH}/invites/{id}`,
    access: "admin",
    summary: "Revoke an invite",
    status: 200,
    errors: ["not_found"],
  },
  listTokens: {
    rule: "HTTP-14",
    method: "GET",
    path: `${MESH}/tokens`,
    access: "admin",
    summary: "API tokens, without their secrets",
    status: 200,
    errors: [],
  },
  createToken: {
    rule: "HTTP-14",
    method: "POST",
    path: `${MESH}/tokens`,
    access: "admin",
    summary: "Create an API token; its secret is in this answer only",
    status: 201,
    errors: [],
  },
  revokeToken: {
    rule: "HTTP-14",
    method: "DELETE",
    path: `${MESH}/tokens/{id}`,
    access: "admin",
    summary: "Revoke an API token",
    status: 200,
    errors: ["not_found"],
  },
  listAudit: {
    rule: "HTTP-15",
    method: "GET",
    path: `${MESH}/audit`,
    access: "admin",
    summary: "Hash-chained audit entries, oldest first, at most 1000 at a time",
    status: 200,
    errors: [],
  },
  streamEvents: {
    rule: "HTTP-16",
    method: "GET",
    path: `${MESH}/events`,
    access: "read",
    summary: "Server-sent events; resumes behind Last-Event-ID or since",
    headers: ["Last-Event-ID"],
    status: 200,
    errors: ["too_many_streams"],
  },
} as const satisfies Record<string, HttpRoute>;

export type HttpRouteId = keyof typeof HTTP_ROUTES;
