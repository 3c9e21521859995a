/** Raised when the program itself is wrong; crosses the wire only as `internal`. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Stops at once when something that must hold does not: a defect of ours, never of the caller. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
