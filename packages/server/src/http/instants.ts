/** An instant in milliseconds as ISO-8601 UTC. */
export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same for one that may be missing, as `null`. */
export function toOptionalInstant(ms: number | undefined): string | null {
  return ms === undefined ? null : toInstant(ms);
}
