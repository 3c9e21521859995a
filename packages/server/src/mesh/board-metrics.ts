/** Counters of the boards; names are those of section 18 without their prefix. */
export interface BoardMetrics {
  stateWrite(): void;
  memoryStored(): void;
  /** `result` is one of a handful of words, never text of a request. */
  hookRequest(result: string): void;
}
