/** What a desk that serves requests without a token answers; whoever serves HTTP writes it out as it is. */
export interface DeskAnswer {
  status: 200 | 400 | 401 | 429 | 500 | 503;
  body: Record<string, unknown>;
  /** For `Retry-After`. */
  retryAfterSeconds?: number;
}

/** Reads a body whatever its content type says; undefined when it is not JSON. */
export function parseBody(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** A JSON object, or undefined for anything else. */
export function toObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
