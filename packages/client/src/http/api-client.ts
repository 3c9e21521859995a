import type { SecretKey } from "../crypto/keys.ts";
import type { Signatures } from "../crypto/signatures.ts";
import { httpOrigin } from "./http-origin.ts";
import { HttpUnreachableError, type HttpPort, type HttpRequest, type HttpResponse } from "./http-port.ts";
import { parseJson, parseJsonObject } from "./json-body.ts";

/** How requests prove what they may do ([HTTP-2]): a token, or the signature of the mesh's owner key ([HTTP-5]). */
export type ApiAuth =
  | { kind: "token"; token: string }
  | { kind: "owner"; secretKey: SecretKey; crypto: Pick<Signatures, "signOwnerRequest">; nowMs: () => number };

export interface ApiClientOptions {
  /** Address of the broker; ws and wss are taken as http and https, the path is ignored. */
  url: string;
  auth: ApiAuth;
  http: HttpPort;
  timeoutMs?: number | undefined;
}

export interface ApiRequest {
  method: HttpRequest["method"];
  /** Parts of the path below `/api/v1`, each percent-encoded by the client: `["meshes", slug, "state", key]`. */
  path: readonly string[];
  /** `undefined` values are left out. */
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  body?: unknown;
  headers?: Readonly<Record<string, string>> | undefined;
}

export interface ApiAnswer<Body> {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** The JSON of the answer; `undefined` when it had none. Its form is the broker's word. */
  body: Body;
}

/** A refusal by the REST interface. `code` is the body's `error`, or `http_<status>` when it has none ([HTTP-1]). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, body: Readonly<Record<string, unknown>>) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

export interface ApiClient {
  /** Resolves with a 2xx answer; else rejects with `ApiError`, or `HttpUnreachableError` when there is none. */
  request<Body = Record<string, unknown>>(request: ApiRequest): Promise<ApiAnswer<Body>>;
}

/** The REST interface of a broker under `/api/v1` (section 15 of the mesh protocol). Keeps no connection open. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const origin = httpOrigin(options.url);
  // One owner key signing one request twice in one millisecond would be refused as a repeat.
  let lastTimestamp = 0;

  function authHeaders(method: string, path: string, body: string): Record<string, string> {
    const { auth } = options;
    if (auth.kind === "token") return { authorization: `Bearer ${auth.token}` };
    const timestamp = Math.max(auth.nowMs(), lastTimestamp + 1);
    lastTimestamp = timestamp;
    return { "parl-owner": auth.crypto.signOwnerRequest(auth.secretKey, { method, path, body, timestamp }) };
  }

  return {
    async request<Body>({
      method,
      path: parts,
      query = {},
      body: value,
      headers,
    }: ApiRequest): Promise<ApiAnswer<Body>> {
      const path = `/api/v1/${parts.map(encodeURIComponent).join("/")}`;
      const body = value === undefined ? undefined : JSON.stringify(value);
      const parameters = new URLSearchParams();
      for (const [name, text] of Object.entries(query)) if (text !== undefined) parameters.set(name, String(text));
      const search = parameters.size === 0 ? "" : `?${parameters.toString()}`;
      const response = await options.http({
        method,
        url: `${origin}${path}${search}`,
        headers: {
          ...authHeaders(method, path, body ?? ""),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        body,
        timeoutMs: options.timeoutMs,
      });
      return accept<Body>(response, `${method} ${path}`);
    },
  };
}

/** `GET /health` ([HTTP-6]); needs no authorization. `undefined` when nobody answers there. */
export async function fetchHealth(
  url: string,
  http: HttpPort,
  timeoutMs?: number,
): Promise<{ status: number; body: Record<string, unknown> } | undefined> {
  try {
    const response = await http({ method: "GET", url: `${httpOrigin(url)}/health`, timeoutMs });
    return { status: response.status, body: parseJsonObject(response.body) ?? {} };
  } catch (cause) {
    if (cause instanceof HttpUnreachableError) return undefined;
    throw cause;
  }
}

function accept<Body>(response: HttpResponse, what: string): ApiAnswer<Body> {
  if (response.status >= 200 && response.status < 300) {
    return { status: response.status, headers: response.headers, body: parseJson(response.body) as Body };
  }
  const body = parseJsonObject(response.body) ?? {};
  const code = typeof body["error"] === "string" ? body["error"] : `http_${response.status}`;
  const message =
    typeof body["message"] === "string" ? body["message"] : `${what} was answered ${response.status} ${code}`;
  throw new ApiError(response.status, code, message, body);
}
