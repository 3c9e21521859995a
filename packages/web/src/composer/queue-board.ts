/** Where prompts stand in the queues of their sessions, from what the server tells once of each ([PROMPT-10]). */
import type { RemotePromptState } from "@parlatory/protocol/remote";

export interface PromptPlace {
  readonly promptId: string;
  readonly sessionId: string;
  readonly state: RemotePromptState;
  /** From 1; only of a queued one. */
  readonly position: number | undefined;
}

const maxPlaces = 500;
const over: ReadonlySet<RemotePromptState> = new Set(["finished", "failed", "cancelled"]);

export class QueueBoard {
  readonly #places = new Map<string, PromptPlace>();

  get(promptId: string): PromptPlace | undefined {
    return this.#places.get(promptId);
  }

  /** In the order in which they will run. */
  queued(sessionId: string): readonly PromptPlace[] {
    return [...this.#places.values()]
      .filter((place) => place.sessionId === sessionId && place.state === "queued")
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  }

  /** The server tells a position once: what comes or goes before it moves it. */
  note(place: PromptPlace): void {
    const before = this.#places.get(place.promptId);
    const isSame = before?.state === place.state && (place.position ?? before.position) === before.position;
    if (isSame) return;
    if (before?.state === "queued") this.#move(before, -1);
    this.#places.delete(place.promptId);
    if (place.state === "queued") this.#move(place, 1);
    if (over.has(place.state)) return;
    this.#places.set(place.promptId, place);
    const [oldest] = this.#places.keys();
    if (this.#places.size > maxPlaces && oldest !== undefined) this.#places.delete(oldest);
  }

  /** After a lost connection: places that changed meanwhile were told to nobody. */
  forgetOthers(own: ReadonlySet<string>): void {
    for (const promptId of this.#places.keys()) if (!own.has(promptId)) this.#places.delete(promptId);
  }

  /** Everything queued of a session was taken back. */
  clear(sessionId: string): void {
    for (const [promptId, place] of this.#places) if (place.sessionId === sessionId) this.#places.delete(promptId);
  }

  #move({ sessionId, position }: PromptPlace, by: 1 | -1): void {
    if (position === undefined) return;
    for (const [promptId, other] of this.#places) {
      if (other.sessionId !== sessionId || other.state !== "queued" || other.position === undefined) continue;
      if (other.position < position || (by === -1 && other.position === position)) continue;
      this.#places.set(promptId, { ...other, position: other.position + by });
    }
  }
}
