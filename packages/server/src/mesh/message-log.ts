import { BROKER_ID_PATTERN, WireError, type MeshId } from "@parlatory/protocol";
import type { LoggedMessageRow, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Directory } from "./directory.ts";
import type { Scheduler } from "../ports.ts";

/** The readable log of plaintext multicasts, while policy `messageLog` is on ([POL-5], [HTTP-12]). */
export class MessageLog {
  readonly #store: Pick<Store, "listLoggedMessages">;
  readonly #directory: Pick<Directory, "policies">;
  readonly #deadline: AnswerDeadline;

  constructor(options: {
    store: Pick<Store, "listLoggedMessages">;
    directory: Pick<Directory, "policies">;
    scheduler: Scheduler;
    answerMs?: number | undefined;
  }) {
    this.#store = options.store;
    this.#directory = options.directory;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /**
   * Newest first, those older than message `before`; undefined while the log is off. `next` continues the list.
   * Raises `bad_request`, `storage_unavailable`.
   */
  async list(
    meshId: MeshId,
    before: string | undefined,
    limit: number,
  ): Promise<{ messages: LoggedMessageRow[]; next: string | undefined } | undefined> {
    if (!this.#directory.policies(meshId).messageLog) return undefined;
    if (before !== undefined && !BROKER_ID_PATTERN.test(before)) {
      throw new WireError("bad_request", "`before` is the id of a message", { field: "before" });
    }
    const rows = await this.#deadline.within(() => this.#store.listLoggedMessages(meshId, before, limit + 1));
    const messages = rows.slice(0, limit);
    return { messages, next: rows.length > limit ? messages.at(-1)?.id : undefined };
  }
}
