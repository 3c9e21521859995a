import { MESH_LIMITS } from "@parlatory/protocol";

/** Counts error frames of one connection within a sliding window ([FRM-8]); costs nothing until the first error. */
export class ErrorWindow {
  /** Instants of the newest errors, a ring. */
  #at: number[] | undefined;
  #next = 0;

  /** Notes one error frame. True when there were more than the limit within the window. */
  note(now: number): boolean {
    this.#at ??= [];
    const oldest = this.#at[this.#next];
    this.#at[this.#next] = now;
    this.#next = (this.#next + 1) % MESH_LIMITS.maxErrorsPerWindow;
    return oldest !== undefined && now - oldest < MESH_LIMITS.errorWindowMs;
  }
}
