/**
 * Numbers the looks at files as they begin. What a look saw comes later than what it saw was true, and looks overtake
 * each other: of two that saw the same file the one that began later counts.
 */
export class Looks {
  #last = 0;

  begin(): number {
    this.#last++;
    return this.#last;
  }
}
