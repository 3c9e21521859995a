/** What sessions have cost, of those whose every run was seen: a part of a sum is not told ([PROMPT-16]). */
export class SessionCosts {
  readonly #totals = new Map<string, number>();

  /** The session was made here just now. */
  begin(sessionId: string): void {
    this.#totals.set(sessionId, 0);
  }

  /** `cost` undefined: the agent did not tell, and the sum is not known any more. */
  add(sessionId: string, cost: number | undefined): void {
    const total = this.#totals.get(sessionId);
    if (total === undefined) return;
    if (cost === undefined) this.#totals.delete(sessionId);
    else this.#totals.set(sessionId, total + cost);
  }

  of(sessionId: string): number | undefined {
    return this.#totals.get(sessionId);
  }
}
