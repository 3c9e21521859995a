/** Positions that follow each other without a gap. */
export interface SeqRun {
  first: number;
  last: number;
}

/** The same positions as few runs, if they come in order. */
export function toRuns(seqs: readonly number[]): SeqRun[] {
  const runs: SeqRun[] = [];
  let latest: SeqRun | undefined;
  for (const seq of seqs) {
    if (latest !== undefined && seq === latest.last + 1) latest.last = seq;
    else runs.push((latest = { first: seq, last: seq }));
  }
  return runs;
}
