import { LEDGER_BUCKET, type LedgerStepRow, type StepRecord } from "./store.ts";

/** A step as it is stored: the run of positions it covers stays text until somebody asks for one of them. */
export interface StoredStep extends StepRecord {
  rid: number;
  bucket: number;
  offsets: LedgerStepRow["offsets"];
}

export function bucketOf(seq: number): number {
  return Math.floor(seq / LEDGER_BUCKET);
}

/** Tells whether ranges such as `0-99,104` contain the position's offset within its bucket. */
export function coversSeq(offsets: string, seq: number): boolean {
  const offset = seq % LEDGER_BUCKET;
  return offsets.split(",").some((range) => {
    const [first, last = first] = range.split("-");
    return offset >= Number(first) && offset <= Number(last);
  });
}

/** The steps of single deliveries, looked up among those of whole buckets. Steps must be given in the order noted. */
export class StepIndex {
  readonly #byBucket = new Map<string, StoredStep[]>();

  constructor(steps: readonly StoredStep[]) {
    for (const step of steps) {
      const key = `${step.rid}/${step.bucket}`;
      const known = this.#byBucket.get(key);
      if (known === undefined) this.#byBucket.set(key, [step]);
      else known.push(step);
    }
  }

  /**
   * Oldest first; steps of the same instant in the order they were noted. A batch that was given up on is written again,
   * whether it had been written or not: equal steps are one.
   */
  stepsOf(rid: number, seq: number): StepRecord[] {
    const steps = new Map<string, StepRecord>();
    for (const { state, reason, at, offsets } of this.#byBucket.get(`${rid}/${bucketOf(seq)}`) ?? []) {
      const key = `${at} ${state} ${reason}`;
      if (steps.has(key) || !coversSeq(offsets, seq)) continue;
      steps.set(key, reason === undefined ? { state, at } : { state, reason, at });
    }
    return [...steps.values()].toSorted((a, b) => a.at - b.at);
  }
}
