import type { DeliveryState, MeshId } from "@parlatory/protocol";
import { LEDGER_BUCKET, type LedgerStepRow } from "../../store/store.ts";
import type { Mailbox } from "./mailbox.ts";
import type { OpenStep } from "./open-step.ts";

/**
 * Collects the steps of deliveries until the next transaction takes them ([DLV-2]: at most 100 ms later). A run of
 * messages that took the same step at the same instant becomes one row, so that a thousand cumulative acknowledgements
 * cost a handful of rows.
 */
export class LedgerJournal {
  #open: OpenStep[] = [];
  #done: LedgerStepRow[] = [];
  #batch = 0;
  readonly #onNoted: () => void;

  constructor(onNoted: () => void) {
    this.#onNoted = onNoted;
  }

  note(
    mailbox: Mailbox,
    meshId: MeshId,
    seq: number,
    state: DeliveryState,
    reason: string | undefined,
    at: number,
  ): void {
    const bucket = Math.floor(seq / LEDGER_BUCKET);
    const offset = seq % LEDGER_BUCKET;
    const open = mailbox.openSteps;
    for (let i = open.length - 1; i >= 0; i--) {
      const step = open[i];
      if (step === undefined || step.batch !== this.#batch) break;
      if (
        step.row.state === state &&
        step.row.at === at &&
        step.row.bucket === bucket &&
        step.row.reason === reason &&
        offset > step.last
      ) {
        if (offset !== step.last + 1) {
          closeRange(step);
          step.first = offset;
        }
        step.last = offset;
        return;
      }
      // A younger row that may hold an earlier step of this very message must stay before this one.
      if (step.row.bucket === bucket && step.last >= offset) break;
    }
    const row: LedgerStepRow = { meshId, rid: mailbox.recipient.rid, bucket, offsets: "", state, reason, at };
    const step: OpenStep = { row, first: offset, last: offset, batch: this.#batch };
    // Few states are in motion at once; older open rows give way.
    if (mailbox.openSteps.length >= 4) mailbox.openSteps.shift();
    mailbox.openSteps.push(step);
    this.#open.push(step);
    this.#onNoted();
  }

  /** Notes a step of a recipient whose mailbox is not in memory any more: a reply to settled mail. */
  noteSingle(
    meshId: MeshId,
    rid: number,
    seq: number,
    state: DeliveryState,
    reason: string | undefined,
    at: number,
  ): void {
    this.#done.push({
      meshId,
      rid,
      bucket: Math.floor(seq / LEDGER_BUCKET),
      offsets: String(seq % LEDGER_BUCKET),
      state,
      reason,
      at,
    });
    this.#onNoted();
  }

  /** Hands over everything noted, oldest first. */
  take(): LedgerStepRow[] {
    const rows = this.#open.map((step) => {
      closeRange(step);
      return step.row;
    });
    rows.push(...this.#done);
    this.#open = [];
    this.#done = [];
    this.#batch++;
    return rows;
  }
}

function closeRange(step: OpenStep): void {
  const range = step.first === step.last ? String(step.first) : `${step.first}-${step.last}`;
  step.row.offsets = step.row.offsets === "" ? range : `${step.row.offsets},${range}`;
}
