import type { Clock, Log } from "../../ports.ts";
import type { Store } from "../../store/store.ts";
import type { RemoteAudit } from "./remote-services.ts";

/** Entries that wait to be written; more are told to the log only. */
const MAX_WAITING = 1_000;

/** The server's append-only audit log, written aside ([AUTH-11]): what is noted never delays what it is about. */
export class StoreAudit implements RemoteAudit {
  readonly #store: Pick<Store, "appendAudit">;
  readonly #clock: Clock;
  readonly #log: Log;
  #waiting = 0;

  constructor(options: { store: Pick<Store, "appendAudit">; clock: Clock; log: Log }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  note({ event, deviceId, subject, outcome, data }: Parameters<RemoteAudit["note"]>[0]): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#log.error("an event is missing in the audit log: too many wait", { event, outcome });
      return;
    }
    this.#waiting++;
    const entry = {
      actor: deviceId === undefined ? "remote" : `device:${deviceId}`,
      event,
      data: { ...data, subject, outcome },
      at: this.#clock.now(),
    };
    this.#store
      .appendAudit(entry)
      .catch((error: unknown) => this.#log.error("an event is missing in the audit log", { event, outcome, error }))
      .finally(() => this.#waiting--);
  }
}
