import { MESH_ERROR_CODES, type MeshErrorCode, type MeshErrorDetail } from "@parlatory/protocol";

/**
 * A request that got no success. `code` is one of the protocol, or of the client: `server_unreachable` (never written),
 * `connection_lost` (written, the answer will not come), `timeout` (written, no answer in time), `client_ended`.
 */
export class MeshRequestError extends Error {
  override readonly name = "MeshRequestError";
  readonly code: string;
  readonly detail: MeshErrorDetail;
  /** The same request may succeed later without change. */
  readonly retryable: boolean;

  constructor(code: string, message: string, detail: MeshErrorDetail = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.detail = detail;
    this.retryable = isRetryableCode(code);
  }
}

const RETRYABLE_HERE: ReadonlySet<string> = new Set(["server_unreachable", "connection_lost", "timeout"]);

export function isRetryableCode(code: string): boolean {
  if (Object.hasOwn(MESH_ERROR_CODES, code)) return MESH_ERROR_CODES[code as MeshErrorCode].retryable;
  return RETRYABLE_HERE.has(code);
}

const DETAIL_FIELDS = ["field", "limit", "retryAfterMs", "serverTime", "current", "allowPlaintext"] as const;

/** The extra fields of an error frame or negative ack. */
export function errorDetail(frame: object): MeshErrorDetail {
  const fields = frame as Record<string, unknown>;
  const detail: Record<string, unknown> = {};
  for (const name of DETAIL_FIELDS) {
    const value = fields[name];
    if (value !== undefined && value !== null) detail[name] = value;
  }
  return detail as MeshErrorDetail;
}
