import { DEFAULT_HTTP_TIMEOUT_MS, HttpUnreachableError, MAX_RESPONSE_BYTES, type HttpPort } from "./http-port.ts";

/** The HTTP port of browsers. */
export const fetchHttp: HttpPort = async (request) => {
  const signal = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_HTTP_TIMEOUT_MS);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal,
    });
    const body = await response.text();
    if (body.length > MAX_RESPONSE_BYTES) throw new Error(`an answer above ${MAX_RESPONSE_BYTES} bytes`);
    return { status: response.status, headers: Object.fromEntries(response.headers), body };
  } catch (cause) {
    const reason = signal.aborted ? "no answer in time" : "the connection failed";
    throw new HttpUnreachableError(request, reason, { cause });
  }
};
