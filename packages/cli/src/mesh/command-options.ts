/** What many commands of the mesh have in common; light, because every definition loads it. */
import type { ErrorKind } from "@parlatory/protocol";

export const meshOption = {
  name: "mesh",
  type: "string",
  placeholder: "SLUG",
  env: "PARL_MESH",
  description: "which mesh, by slug or id (PARL_MESH, else the only one joined)",
} as const;

export const urlOption = {
  name: "url",
  type: "string",
  placeholder: "URL",
  env: "PARL_URL",
  description: "address of the server (PARL_URL, else that of the server started here, else http://127.0.0.1:7900)",
} as const;

export const configErrorKinds = ["invalid_config", "filesystem"] as const satisfies readonly ErrorKind[];

/** Choosing a joined mesh [CLI-3]. */
export const choiceErrorKinds = [
  ...configErrorKinds,
  "not_joined",
  "mesh_required",
  "mesh_not_found",
  "ambiguous",
] as const satisfies readonly ErrorKind[];

/** Refusals of a hello, and a broker that cannot be asked. */
export const helloErrorKinds = [
  "server_unreachable",
  "malformed",
  "timestamp_skew",
  "bad_signature",
  "replayed",
  "unauthorized",
  "revoked",
  "bad_session_proof",
  "session_proof_required",
  "session_key_taken",
  "capacity",
  "hello_timeout",
  "rate_limited",
  "storage_unavailable",
  "shutting_down",
  "bad_request",
] as const satisfies readonly ErrorKind[];

/** Everything that can go wrong before a one-shot connection does its work. */
export const controlErrorKinds = [...choiceErrorKinds, ...helloErrorKinds] as const satisfies readonly ErrorKind[];

/** The REST interface of section 15. */
export const adminErrorKinds = [
  ...configErrorKinds,
  "server_unreachable",
  "unauthorized",
  "forbidden",
  "bad_request",
  "mesh_not_found",
  "rate_limited",
  "storage_unavailable",
  "value_too_large",
] as const satisfies readonly ErrorKind[];
