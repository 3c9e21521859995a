/** Changes of watched state keys that the model has not been told of: the newest per key, bounded. */
import type { StateChange } from "@parlatory/client";
import { escapePeerAttribute, escapePeerText } from "./peer-message.ts";

const MAX_KEYS = 100;
const MAX_SHOWN_CHARS = 500;

/** `[state] deploy_frozen = true (set by release-bot)` ([MCP-8]). */
export function formatStateChange(change: StateChange): string {
  const json = JSON.stringify(change.value ?? null);
  const shown = json.length > MAX_SHOWN_CHARS ? `${json.slice(0, MAX_SHOWN_CHARS)}… (call get_state)` : json;
  return `[state] ${change.key} = ${shown} (set by ${change.updatedBy})`;
}

/** The same inside a wrapper that no value can close, for ways without metadata. */
export function wrapStateChange(change: StateChange, meshSlug: string): string {
  const attributes = `mesh="${escapePeerAttribute(meshSlug)}" key="${escapePeerAttribute(change.key)}" version="${change.version}"`;
  return `<state-change ${attributes}>${escapePeerText(formatStateChange(change))}</state-change>`;
}

export class StateNotes {
  readonly #byKey = new Map<string, { change: StateChange; meshSlug: string }>();

  /** When too many keys changed, those that changed longest ago go; the model can still read them. */
  add(change: StateChange, meshSlug: string): void {
    const id = noteId(change, meshSlug);
    this.#byKey.delete(id);
    this.#byKey.set(id, { change, meshSlug });
    for (const oldest of this.#byKey.keys()) {
      if (this.#byKey.size <= MAX_KEYS) break;
      this.#byKey.delete(oldest);
    }
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Takes the oldest notes that fit into `maxBytes`, each wrapped on a line of its own. `putBack`: nobody got them. */
  take(maxBytes: number): { lines: string[]; putBack: () => void } {
    const taken: { change: StateChange; meshSlug: string }[] = [];
    const lines: string[] = [];
    let used = 0;
    for (const [id, note] of this.#byKey) {
      const line = wrapStateChange(note.change, note.meshSlug);
      const size = Buffer.byteLength(line) + 1;
      if (used + size > maxBytes) break;
      used += size;
      lines.push(line);
      taken.push(note);
      this.#byKey.delete(id);
    }
    const putBack = (): void => {
      for (const { change, meshSlug } of taken) {
        // A newer change of the key stays.
        if (!this.#byKey.has(noteId(change, meshSlug))) this.#byKey.set(noteId(change, meshSlug), { change, meshSlug });
      }
    };
    return { lines, putBack };
  }
}

function noteId(change: StateChange, meshSlug: string): string {
  return JSON.stringify([meshSlug, change.key]);
}
