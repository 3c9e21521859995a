interface Run {
  first: number;
  last: number;
}

/** Positions in the order they came, first in first out; those that follow each other take the room of one. */
export class SeqBacklog {
  #runs: Run[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(seq: number): void {
    const latest = this.#runs.at(-1);
    if (latest !== undefined && seq === latest.last + 1) latest.last = seq;
    else this.#runs.push({ first: seq, last: seq });
    this.#size++;
  }

  /** At most `count`, which stay until they are dropped. */
  oldest(count: number): number[] {
    const seqs: number[] = [];
    for (const { first, last } of this.#runs) {
      for (let seq = first; seq <= last && seqs.length < count; seq++) seqs.push(seq);
      if (seqs.length >= count) break;
    }
    return seqs;
  }

  drop(count: number): void {
    let left = Math.min(count, this.#size);
    this.#size -= left;
    let whole = 0;
    for (let run = this.#runs[0]; run !== undefined && left > 0; run = this.#runs[whole]) {
      const length = run.last - run.first + 1;
      if (length > left) {
        run.first += left;
        break;
      }
      left -= length;
      whole++;
    }
    if (whole > 0) this.#runs = this.#runs.slice(whole);
  }
}
