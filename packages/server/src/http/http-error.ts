import { HTTP_ERRORS, WireError, type HttpErrorBody, type HttpErrorCode, type StateEntry } from "@parlatory/protocol";
import { StoreUnavailableError } from "../store/store.ts";
import { toSnakeCase } from "./snake-case.ts";

/** A request that is refused, said to the caller by code ([HTTP-1]). */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;
  readonly detail: { field?: string; limit?: number; current?: unknown };
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: HttpErrorCode,
    message?: string,
    detail: HttpError["detail"] = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message ?? HTTP_ERRORS[code].message);
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }

  toResponse(): Response {
    const body: HttpErrorBody = { ok: false, error: this.code, message: this.message, ...this.detail };
    return Response.json(body, { status: HTTP_ERRORS[this.code].status, headers: this.headers });
  }
}

/** The refusal an error stands for; undefined for a defect of ours. */
export function toHttpError(error: unknown): HttpError | undefined {
  if (error instanceof HttpError) return error;
  if (error instanceof StoreUnavailableError) return new HttpError("storage_unavailable");
  if (!(error instanceof WireError)) return undefined;
  const { code, detail } = error;
  if (!isHttpErrorCode(code)) return new HttpError("bad_request", `${error.message} (${code})`, pickDetail(error));
  const headers =
    detail.retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(detail.retryAfterMs / 1000)) };
  return new HttpError(code, error.message, pickDetail(error), headers);
}

function isHttpErrorCode(code: string): code is HttpErrorCode {
  return Object.hasOwn(HTTP_ERRORS, code);
}

function pickDetail({ detail }: WireError): HttpError["detail"] {
  const { field, limit, current } = detail;
  return {
    ...(field === undefined ? {} : { field }),
    ...(limit === undefined ? {} : { limit }),
    ...(current === undefined ? {} : { current: toStateBody(current as StateEntry) }),
  };
}

/** A state entry as HTTP shows it. The value is data: its keys stay as they are. */
export function toStateBody({ value, ...entry }: StateEntry): Record<string, unknown> & { value: unknown } {
  return { ...(toSnakeCase(entry) as Record<string, unknown>), value };
}
