import type { LedgerStepRow } from "../../store/store.ts";

/** A ledger row that can still take positions that follow. */
export interface OpenStep {
  row: LedgerStepRow;
  first: number;
  last: number;
  /** Number of the batch it will be written with. */
  batch: number;
}
