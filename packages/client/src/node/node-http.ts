import { request as startHttp, type IncomingMessage, type RequestOptions } from "node:http";
import {
  DEFAULT_HTTP_TIMEOUT_MS,
  HttpUnreachableError,
  MAX_RESPONSE_BYTES,
  type HttpPort,
  type HttpRequest,
  type HttpResponse,
} from "../http/http-port.ts";
import type { OwnCertificates } from "./connect-tls.ts";

/** The HTTP port of Node, over node:http and (loaded when needed) node:https. One connection per exchange. */
export function createNodeHttp(options: { readonly ownCertificates?: OwnCertificates | undefined } = {}): HttpPort {
  return async (request) => {
    let url: URL;
    try {
      url = new URL(request.url);
    } catch (cause) {
      throw new HttpUnreachableError(request, "the address is no URL", { cause });
    }
    if (url.protocol !== "https:") return await exchange(request, url, startHttp, { agent: false });
    const [{ request: startHttps }, { tlsConnector }] = await Promise.all([
      import("node:https"),
      import("./connect-tls.ts"),
    ]);
    const createConnection = tlsConnector(options.ownCertificates);
    return await exchange(
      request,
      url,
      startHttps,
      createConnection === undefined ? { agent: false } : { createConnection },
    );
  };
}

/** Trusts what the system trusts. */
export const nodeHttp: HttpPort = createNodeHttp();

type StartRequest = (url: URL, options: RequestOptions) => ReturnType<typeof startHttp>;

function exchange(
  request: HttpRequest,
  url: URL,
  start: StartRequest,
  connection: Pick<RequestOptions, "agent" | "createConnection">,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      clearTimeout(timer);
      outgoing.destroy();
      reject(new HttpUnreachableError(request, reason, { cause }));
    };
    const timeoutMs = request.timeoutMs ?? DEFAULT_HTTP_TIMEOUT_MS;
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const headers = { ...request.headers, ...(body === undefined ? {} : { "content-length": String(body.length) }) };
    const outgoing = start(url, { method: request.method, headers, ...connection });
    outgoing.on("error", (cause) => fail(errorCode(cause), cause));
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_RESPONSE_BYTES) return fail(`an answer above ${MAX_RESPONSE_BYTES} bytes`);
        chunks.push(chunk);
      });
      incoming.on("error", (cause) => fail(errorCode(cause), cause));
      incoming.on("aborted", () => fail("the answer was cut off"));
      incoming.on("end", () => {
        clearTimeout(timer);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: flatHeaders(incoming),
          body: Buffer.concat(chunks).toString("utf8"),
        });
      });
    });
    outgoing.end(body);
  });
}

function flatHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

function errorCode(cause: Error & { code?: string }): string {
  return cause.code ?? "the connection failed";
}
