import { HttpError } from "./http-error.ts";

/** Reads a body of at most `limit` bytes; what is above is refused without being kept ([LIM-3]). Raises `payload_too_large`. */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limit) throw tooLarge(limit);
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

/** Body as text. Raises `bad_json` for bytes that are no UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new HttpError("bad_json", "the body is not UTF-8 text");
  }
}

/** Raises `unsupported_media_type` unless the body says it is JSON ([HTTP-1]). */
export function checkContentType(request: Request): void {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") throw new HttpError("unsupported_media_type");
}

/** Parses JSON text. Raises `bad_json`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new HttpError("bad_json");
  }
}

function tooLarge(limit: number): HttpError {
  return new HttpError("payload_too_large", undefined, { limit });
}
