/** One HTTP exchange. The Node implementation avoids `fetch`, which costs a command 90 ms at start. */
export interface HttpRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute http or https address. */
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | undefined;
  /** For the whole exchange, in ms; default 10,000. */
  timeoutMs?: number | undefined;
}

export interface HttpResponse {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Rejects with `HttpUnreachableError` when there was no complete answer; every status is an answer. */
export type HttpPort = (request: HttpRequest) => Promise<HttpResponse>;

export const DEFAULT_HTTP_TIMEOUT_MS = 10_000;

/** Answers above this are cut off as a failure: none of the broker's is near it except lists of memories. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** No server, or one that did not answer in time. */
export class HttpUnreachableError extends Error {
  override readonly name = "HttpUnreachableError";
  readonly code = "server_unreachable";

  constructor(request: Pick<HttpRequest, "method" | "url">, reason: string, options?: ErrorOptions) {
    super(
      `${request.method} ${originOf(request.url)} got no answer (${reason}); is the broker running there?`,
      options,
    );
  }
}

/** Path and query are left out: a join link carries a token in its path. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "an address that is no URL";
}
