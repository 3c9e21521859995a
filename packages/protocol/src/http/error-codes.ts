/** Codes of the HTTP interface and the status each travels with ([HTTP-1]); those of the mesh keep their names. */
export const HTTP_ERRORS = {
  bad_json: { status: 400, message: "the body is not JSON" },
  bad_request: { status: 400, message: "a field or a parameter is missing or has the wrong form" },
  unauthorized: { status: 401, message: "a valid token or owner signature is required" },
  forbidden: { status: 403, message: "the token's scope does not allow this" },
  origin_not_allowed: { status: 403, message: "pages of this origin may not do that; see PARL_ALLOWED_ORIGINS" },
  not_found: { status: 404, message: "nothing here has this name" },
  mesh_not_found: { status: 404, message: "the broker has no such mesh" },
  log_off: { status: 404, message: "the message log is off; policy `messageLog` switches it on" },
  method_not_allowed: { status: 405, message: "this path does not take this method" },
  slug_taken: { status: 409, message: "another mesh has this slug" },
  ambiguous: { status: 409, message: "the prefix fits more than one; give more characters" },
  member_revoked: { status: 409, message: "this key was removed from the mesh and cannot join again" },
  limit_reached: { status: 409, message: "there are already `limit` of these" },
  version_conflict: { status: 412, message: "somebody else wrote first; read `current` and try again" },
  value_too_large: { status: 413, message: "the value is larger than `limit` bytes" },
  payload_too_large: { status: 413, message: "the body is larger than `limit` bytes" },
  unsupported_media_type: { status: 415, message: "the body must be sent as application/json" },
  host_not_allowed: { status: 421, message: "this host name is not served here; see PARL_ALLOWED_HOSTS" },
  rate_limited: { status: 429, message: "too many requests; wait" },
  internal: { status: 500, message: "the broker failed; its log has the reason" },
  storage_unavailable: { status: 503, message: "the database does not answer; try again" },
  too_many_streams: { status: 503, message: "as many event streams as allowed are open; try again later" },
} as const satisfies Record<string, { status: number; message: string }>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;
