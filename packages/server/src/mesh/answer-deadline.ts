import { MESH_LIMITS, WireError } from "@parlatory/protocol";
import { StoreUnavailableError } from "../store/store.ts";
import type { Scheduler } from "../ports.ts";

/** What a piece of work may ask about itself: whether its caller was told already that it failed. */
export interface Attempt {
  isAbandoned(): boolean;
}

/** Makes sure that whoever waits for the database is answered in time, also when it neither answers nor fails ([FRM-7], [DB-5]). */
export class AnswerDeadline {
  readonly #scheduler: Scheduler;
  readonly #limitMs: number;

  constructor(options: { scheduler: Scheduler; limitMs?: number | undefined }) {
    this.#scheduler = options.scheduler;
    // Earlier than promised, so that the answer itself still makes it, also on a busy machine.
    this.#limitMs = options.limitMs ?? MESH_LIMITS.storageAnswerMs - 1_000;
  }

  /** Raises `storage_unavailable` when the store says so or takes too long; other errors pass unchanged. */
  async within<Result>(work: (attempt: Attempt) => Promise<Result>): Promise<Result> {
    let abandoned = false;
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const cancel = this.#scheduler.after(this.#limitMs, () => {
      abandoned = true;
      reject(new WireError("storage_unavailable", "the database did not answer in time; try again"));
    });
    try {
      return await Promise.race([work({ isAbandoned: () => abandoned }), expired]);
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        throw new WireError("storage_unavailable", undefined, {}, { cause: error });
      }
      throw error;
    } finally {
      cancel();
    }
  }
}
