import { isRecord, textAt, type JsonRecord } from "../json-fields.ts";

/** The share of each run in the running total of money that a session's updates tell, in US dollars ([PROMPT-16]). */
export class AcpCost {
  /** Before the next run; undefined in a loaded session that has told none yet. */
  #before: number | undefined;
  #told: number | undefined;

  constructor(isLoaded: boolean) {
    this.#before = isLoaded ? undefined : 0;
  }

  handle(update: JsonRecord): void {
    const cost = update["cost"];
    if (update["sessionUpdate"] !== "usage_update" || !isRecord(cost) || textAt(cost, "currency") !== "USD") return;
    const amount = cost["amount"];
    if (typeof amount === "number" && Number.isFinite(amount) && amount >= 0) this.#told = amount;
  }

  /** Undefined when it cannot be told. Begins the count of the next run. */
  take(): number | undefined {
    const [before, told] = [this.#before, this.#told];
    this.#told = undefined;
    this.#before = told ?? before;
    return told === undefined || before === undefined || told < before ? undefined : told - before;
  }
}
