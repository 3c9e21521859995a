import { HttpError } from "./http-error.ts";

/** The path of a request as it was sent, percent-encoding and all, without the query. */
export function pathOf(request: Request): string {
  return new URL(request.url).pathname;
}

/** Decodes the segments that a pattern such as `/state/{key}` names. Raises `bad_request` for bad percent-encoding. */
export function readPathParameters(pattern: string, path: string): Record<string, string> {
  const segments = path.split("/");
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.split("/").entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) params[name] = decode(segments[index] ?? "", name);
  }
  return params;
}

function decode(segment: string, name: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new HttpError("bad_request", `the part of the path for \`${name}\` is not percent-encoded UTF-8`, {
      field: name,
    });
  }
}
