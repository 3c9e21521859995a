/**
 * Whose turn it is among the messages of one socket ([CONN-9]): ordered ones one after another, those of one key one after
 * another, others at once. It knows no messages. Every work is expected to settle without raising.
 */
export type Turn = "ordered" | "aside" | { readonly key: string };

export class Turns {
  #ordered: (() => Promise<void> | void)[] = [];
  #isBusy = false;
  readonly #keyed = new Map<string, Promise<void>>();
  readonly #onSettled: () => void;
  #underWay = 0;

  /** `onSettled`: after every work. */
  constructor(onSettled: () => void) {
    this.#onSettled = onSettled;
  }

  /** Works that were taken and are not done. */
  get underWay(): number {
    return this.#underWay + this.#ordered.length;
  }

  /** All works are begun in the order they are given, behind the ordered ones that are not done yet. */
  take(turn: () => Turn, work: () => Promise<void> | void): void {
    this.#ordered.push(() => this.#begin(turn(), work));
    this.#pump();
  }

  clear(): void {
    this.#ordered = [];
  }

  #pump(): void {
    while (!this.#isBusy) {
      const next = this.#ordered.shift();
      if (next === undefined) return;
      const done = next();
      if (done === undefined) continue;
      this.#isBusy = true;
      void done.then(() => {
        this.#isBusy = false;
        this.#pump();
      });
    }
  }

  /** A promise when those behind have to wait for it. */
  #begin(turn: Turn, work: () => Promise<void> | void): Promise<void> | undefined {
    if (turn === "ordered") return this.#count(work());
    if (turn === "aside") {
      void this.#count(work());
      return undefined;
    }
    const { key } = turn;
    const before = this.#keyed.get(key);
    const done = this.#count(before === undefined ? work() : before.then(work));
    if (done === undefined) return undefined;
    this.#keyed.set(key, done);
    void done.then(() => {
      if (this.#keyed.get(key) === done) this.#keyed.delete(key);
    });
    return undefined;
  }

  #count(work: Promise<void> | void): Promise<void> | undefined {
    if (!(work instanceof Promise)) {
      this.#onSettled();
      return undefined;
    }
    this.#underWay++;
    return work.then(() => {
      this.#underWay--;
      this.#onSettled();
    });
  }
}
