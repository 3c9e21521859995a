import { HttpError } from "./http-error.ts";

/** What a write demands of the entry as it is now ([HTTP-10]). */
export type StateCondition =
  | { kind: "none" }
  /** `If-None-Match: *`. */
  | { kind: "missing" }
  /** `If-Match: *`. */
  | { kind: "present" }
  /** `If-Match` with one or more tags; weak ones match nothing. */
  | { kind: "versions"; versions: readonly number[] };

/** Reads the conditional headers of a write. Raises `bad_request`. */
export function readCondition(headers: Headers): StateCondition {
  const match = headers.get("if-match")?.trim();
  const noneMatch = headers.get("if-none-match")?.trim();
  if (match !== undefined && noneMatch !== undefined) throw bad("If-Match", "and If-None-Match exclude each other");
  if (noneMatch !== undefined) {
    if (noneMatch !== "*") throw bad("If-None-Match", "of a write can only be *");
    return { kind: "missing" };
  }
  if (match === undefined) return { kind: "none" };
  if (match === "*") return { kind: "present" };
  const tags = match.split(",").map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag))) {
    throw bad("If-Match", 'is a version in quotes, such as "3", or *');
  }
  const versions = tags.map((tag) => /^"([1-9]\d{0,14})"$/.exec(tag)?.[1]).filter((version) => version !== undefined);
  return { kind: "versions", versions: versions.map(Number) };
}

function bad(header: string, problem: string): HttpError {
  return new HttpError("bad_request", `${header} ${problem}`, { field: header });
}
