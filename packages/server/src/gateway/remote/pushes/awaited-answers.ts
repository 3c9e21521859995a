/**
 * Requests whose answer is a push to others too: the asking socket's copy of it echoes the `correlation_id` and is its
 * answer ([CONN-8]). A request is awaited from before it is made until it was made.
 */
import type { Peer } from "../peer.ts";

export interface AwaitedAnswer {
  /** The push reached the asking socket. */
  readonly wasSent: boolean;
  end(): void;
}

export type AnswerKind = "session_killed" | "compaction" | "permission_resolved" | "prompt_status" | "command_started";

interface Entry {
  readonly peer: Peer;
  readonly correlationId: string | undefined;
  wasSent: boolean;
}

export class AwaitedAnswers {
  readonly #entries = new Map<string, Entry[]>();

  await(kind: AnswerKind, id: string, peer: Peer, correlationId: string | undefined): AwaitedAnswer {
    const key = `${kind} ${id}`;
    const entry: Entry = { peer, correlationId, wasSent: false };
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
    return {
      get wasSent() {
        return entry.wasSent;
      },
      end: () => {
        const rest = (this.#entries.get(key) ?? []).filter((other) => other !== entry);
        if (rest.length === 0) this.#entries.delete(key);
        else this.#entries.set(key, rest);
      },
    };
  }

  /**
   * What to add to the frame that is about to be pushed to this socket, which counts as its answer from now on; undefined
   * when the socket awaits none.
   */
  take(kind: AnswerKind, id: string, peer: Peer): { correlation_id?: string } | undefined {
    const entry = this.#entries.get(`${kind} ${id}`)?.find((other) => other.peer === peer && !other.wasSent);
    if (entry === undefined) return undefined;
    entry.wasSent = true;
    return entry.correlationId === undefined ? {} : { correlation_id: entry.correlationId };
  }
}
