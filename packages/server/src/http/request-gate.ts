import { judgeOrigin, isAllowedHost, type OriginPolicy } from "../origin.ts";
import { HttpError } from "./http-error.ts";

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
  "access-control-allow-headers": "Authorization, Content-Type, Parl-Owner, If-Match, If-None-Match, Last-Event-ID",
  "access-control-max-age": "600",
};

export interface GateVerdict {
  /** The answer when the request goes no further: a refusal, or the answer to a preflight. */
  response?: Response;
  /** Headers of whatever answer the request gets. */
  headers: Record<string, string>;
}

/** Judges `Host` and `Origin` before anything else is looked at ([HTTP-3]). */
export function judgeRequest(policy: OriginPolicy, request: Request): GateVerdict {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!isAllowedHost(policy, host)) return { response: new HttpError("host_not_allowed").toResponse(), headers: {} };
  const origin = request.headers.get("origin") ?? undefined;
  const verdict = judgeOrigin(policy, origin, host);
  if (verdict === "listed" && origin !== undefined) {
    const headers = {
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "ETag, Retry-After",
      vary: "Origin",
    };
    const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
    return isPreflight
      ? { response: new Response(null, { status: 204, headers: PREFLIGHT_HEADERS }), headers }
      : { headers };
  }
  if (verdict === "refused" && !READS.has(request.method)) {
    return { response: new HttpError("origin_not_allowed").toResponse(), headers: {} };
  }
  return { headers: {} };
}
