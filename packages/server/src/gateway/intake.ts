import type { Scheduler } from "../ports.ts";

/** What one frame costs to take, beside the deliveries it plans or ends and in their measure. */
const FRAME_WEIGHT = 12;
/** In one turn, in the same measure: some sixty sends, or the acknowledgements of some twenty receivers under load. */
const TURN_WEIGHT = 768;

/**
 * How much the connections of a broker take in within one turn of the event loop ([PERF-7]). One turn can bring the
 * acknowledgements of a hundred receivers, or megabytes of one sender; what is beyond the measure waits with its
 * connection for the next turn, in the order in which the connections came.
 */
export class Intake {
  readonly #scheduler: Scheduler;
  #taken = 0;
  #isTurnOpen = false;
  #waiting: (() => void)[] = [];

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** This turn takes one more frame. */
  get hasRoom(): boolean {
    return this.#taken < TURN_WEIGHT;
  }

  /** A frame was taken; `deliveries`: those it planned or ended. */
  note(deliveries: number): void {
    this.#taken += FRAME_WEIGHT + deliveries;
    this.#openTurn();
  }

  /** Calls back once in one of the next turns, when there is room. */
  wait(resume: () => void): void {
    this.#waiting.push(resume);
    this.#openTurn();
  }

  #openTurn(): void {
    if (this.#isTurnOpen) return;
    this.#isTurnOpen = true;
    this.#scheduler.soon(() => this.#startTurn());
  }

  #startTurn(): void {
    this.#isTurnOpen = false;
    this.#taken = 0;
    const waiting = this.#waiting;
    this.#waiting = [];
    let next = 0;
    for (; next < waiting.length && this.hasRoom; next++) waiting[next]?.();
    // Those who could take a part only wait again, behind the others.
    if (next === waiting.length) return;
    this.#waiting = [...waiting.slice(next), ...this.#waiting];
    this.#openTurn();
  }
}
