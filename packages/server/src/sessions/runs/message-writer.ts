/**
 * The log of an agent that keeps no files: what it says in a run becomes our records, durable before anybody is told
 * ([HIST-1]). Messages that come while one is written go together with the next.
 */
import type { AgentEvent } from "@parlatory/agents";
import type { Clock } from "../../ports.ts";
import type { OwnRecord, SessionCatalog } from "../catalog.ts";
import type { DurableSteps } from "./durable-step.ts";

export interface MessageWriterParts {
  readonly catalog: Pick<SessionCatalog, "append" | "tail">;
  readonly steps: DurableSteps;
  readonly clock: Clock;
}

type NewRecord = Omit<OwnRecord, "parentUuid">;

export class MessageWriter {
  readonly #parts: MessageWriterParts;
  readonly #sessionId: string;
  readonly #cwd: string;
  readonly #promptId: string;
  readonly #written = new Set<string>();
  #waiting: NewRecord[] = [];
  #lastId: string | null | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(run: { sessionId: string; cwd: string; promptId: string }, parts: MessageWriterParts) {
    this.#parts = parts;
    this.#sessionId = run.sessionId;
    this.#cwd = run.cwd;
    this.#promptId = run.promptId;
  }

  /** A prompt that the agent took: the run's, or a steered one. Its record has the prompt's id. */
  addPrompt(promptId: string, text: string): void {
    this.#add({ uuid: promptId, type: "user", message: { role: "user", content: text }, promptId });
  }

  add(event: Extract<AgentEvent, { type: "message" }>): void {
    const { id, role, blocks } = event;
    const promptId = id === this.#promptId ? { promptId: id } : {};
    this.#add({ uuid: id, type: role, message: { role, content: blocks }, ...promptId });
  }

  /** Resolves when everything added so far is durable. Rejects with what kept it from that. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #add(record: Omit<NewRecord, "timestamp" | "cwd">): void {
    if (this.#written.has(record.uuid)) return;
    this.#written.add(record.uuid);
    const timestamp = new Date(this.#parts.clock.now()).toISOString();
    this.#waiting.push({ ...record, timestamp, cwd: this.#cwd });
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#writeAll();
    this.#writing.catch(() => undefined); // told by flush
  }

  async #writeAll(): Promise<void> {
    const { catalog, steps } = this.#parts;
    try {
      this.#lastId ??= (await catalog.tail(this.#sessionId))?.lastRecordId ?? null;
      while (this.#waiting.length > 0) {
        const records = this.#waiting.map((record) => {
          const parentUuid = this.#lastId ?? null;
          this.#lastId = record.uuid;
          return { ...record, parentUuid };
        });
        this.#waiting = [];
        await steps.take("append to a session's log", () => catalog.append(this.#sessionId, records));
      }
    } finally {
      this.#isWriting = false;
    }
  }
}
