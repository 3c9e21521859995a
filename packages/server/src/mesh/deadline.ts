import { MESH_LIMITS } from "@parlatory/protocol";
import { StoreUnavailableError } from "../store/store.ts";
import type { Scheduler } from "./ports.ts";

/** A little less than the time within which every request is answered ([FRM-7], [SEND-4]). */
export const STORE_PATIENCE_MS = MESH_LIMITS.storageAnswerMs - 1_000;

/** Waits for the store, but not longer than a client may be kept waiting. Rejects with `StoreUnavailableError`. */
export async function withDeadline<Value>(scheduler: Pick<Scheduler, "after">, work: Promise<Value>): Promise<Value> {
  let cancel: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = scheduler.after(STORE_PATIENCE_MS, () =>
      reject(new StoreUnavailableError(`the database did not answer within ${STORE_PATIENCE_MS} ms`)),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel?.();
  }
}
