/**
 * What is written to sessions and what becomes of it until its answer: drafts, sending, places in queues, and what was
 * refused, which comes back into its draft, text and attachments, so that nothing is lost ([CLIENT-5]). One for a client, for
 * as long as the app is open, whatever page is shown. It must not know React.
 */
import {
  RemoteRequestError,
  randomUuid,
  type OutboxPrompt,
  type PromptMode,
  type RemoteClient,
} from "@parlatory/client";
import { restoreAttachment } from "./draft-attachment.ts";
import { Drafts } from "./drafts.ts";
import { QueueBoard } from "./queue-board.ts";

/** A prompt that the server did not take. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** What has the session, where that is why. */
  readonly holder: "prompt" | "compaction" | "recovery" | "elsewhere" | undefined;
}

/** What to do with a prompt for a busy session; `force` runs beside whoever drives it elsewhere ([LOCK-9]). */
export type BusyMode = Exclude<PromptMode, "reject"> | "force";

/** What was sent from here, for going back to it. */
const maxSentTexts = 50;
const maxGone = 20;
/** Refusals by the client itself, of which no frame tells. */
const ownRefusals: ReadonlySet<string> = new Set(["limit_reached", "io_error"]);

export class PromptDesk {
  readonly drafts: Drafts;
  readonly queue = new QueueBoard();
  readonly #client: RemoteClient;
  readonly #refusals = new Map<string, Refusal>();
  readonly #modes = new Map<string, BusyMode>();
  readonly #sinceMs = new Map<string, number>();
  readonly #sentTexts = new Map<string, readonly string[]>();
  readonly #listeners = new Set<() => void>();
  #known: ReadonlyMap<string, OutboxPrompt>;
  /** The last ones that left the outbox: a refused one is gone when its refusal is heard. */
  readonly #gone = new Map<string, OutboxPrompt>();
  #version = 0;

  constructor(client: RemoteClient, drafts: Drafts) {
    this.#client = client;
    this.drafts = drafts;
    this.#known = this.#snapshot();
    this.#listen();
    drafts.subscribe(() => this.#changed());
  }

  /** Grows with everything that may be seen here. */
  get version(): number {
    return this.#version;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends the draft of a session and empties it; the draft is kept until the outbox keeps the prompt. */
  send(sessionId: string, mode: BusyMode | undefined): void {
    const { text, attachments } = this.drafts.take(sessionId);
    this.#refusals.delete(sessionId);
    this.#remember(sessionId, text);
    const handle = this.#client.prompt({
      sessionId,
      text,
      ...(mode === "force" ? { force: true } : mode === undefined ? {} : { mode }),
      attachments: attachments.map(({ content }) => content),
    });
    handle.kept.then(
      () => this.drafts.dropKept(sessionId),
      () => undefined,
    );
    handle.accepted.catch((error: unknown) => {
      if (!(error instanceof RemoteRequestError) || !ownRefusals.has(error.code)) return;
      this.drafts.putBack(sessionId, { text, attachments });
      this.#refuse(sessionId, { code: error.code, message: error.message, holder: undefined });
    });
  }

  /** Takes back what has not begun. Rejects with `RemoteRequestError` when it has. */
  async cancel(promptId: string): Promise<void> {
    await this.#client.cancelPrompt(promptId);
  }

  /** The same, and puts it into the box again. */
  async takeBack(prompt: OutboxPrompt): Promise<void> {
    await this.cancel(prompt.promptId);
    this.#putBack(prompt);
  }

  refusalOf(sessionId: string): Refusal | undefined {
    return this.#refusals.get(sessionId);
  }

  dismissRefusal(sessionId: string): void {
    if (this.#refusals.delete(sessionId)) this.#changed();
  }

  /** What was chosen for a busy session, until it is idle. */
  modeOf(sessionId: string): BusyMode {
    return this.#modes.get(sessionId) ?? "queue";
  }

  setMode(sessionId: string, mode: BusyMode | undefined): void {
    if (this.#modes.get(sessionId) === mode) return;
    if (mode === undefined) this.#modes.delete(sessionId);
    else this.#modes.set(sessionId, mode);
    this.#changed();
  }

  /** Since when a session is taken, as the server said when it refused something. */
  takenSinceMs(sessionId: string): number | undefined {
    return this.#sinceMs.get(sessionId);
  }

  /** Oldest first. */
  sentTexts(sessionId: string): readonly string[] {
    return this.#sentTexts.get(sessionId) ?? [];
  }

  #listen(): void {
    const client = this.#client;
    client.on("prompts", () => {
      const next = this.#snapshot();
      for (const [promptId, prompt] of this.#known) if (!next.has(promptId)) this.#gone.set(promptId, prompt);
      for (const promptId of [...this.#gone.keys()].slice(0, -maxGone)) this.#gone.delete(promptId);
      this.#known = next;
      this.#changed();
    });
    client.on("ack", ({ prompt_id: promptId, session_id: sessionId, queue_position: position, ...ack }) => {
      if (promptId === undefined || sessionId === undefined) return;
      const isQueued = position !== undefined && position > 0;
      const state = ack.state ?? (ack.mode_applied === "steer" ? "steered" : isQueued ? "queued" : "running");
      this.#note({ promptId, sessionId, state, position });
    });
    client.on("prompt_status", ({ prompt_id: promptId, session_id: sessionId, state, queue_position: position }) =>
      this.#note({ promptId, sessionId, state, position }),
    );
    client.on("error", (frame) => {
      this.#refused(frame.correlation_id, { code: frame.code, message: frame.message, holder: undefined });
    });
    client.on("session_locked", (frame) => {
      const { holder, since, session_id: sessionId } = frame;
      if (since !== undefined) this.#sinceMs.set(sessionId, Date.parse(since));
      this.#refused(frame.correlation_id, { code: "session_locked", message: frame.message, holder });
    });
    client.on("lock", ({ sessionId, lock }) => (lock === undefined ? this.#sinceMs.delete(sessionId) : undefined));
    client.on("answer", ({ promptId }) => this.#gone.delete(promptId));
    client.on("caughtUp", () => {
      this.queue.forgetOthers(new Set(this.#known.keys()));
      this.#changed();
    });
  }

  #refused(promptId: string | undefined, refusal: Refusal): void {
    const prompt = promptId === undefined ? undefined : this.#gone.get(promptId);
    if (promptId === undefined || prompt === undefined) return;
    this.#gone.delete(promptId);
    this.#putBack(prompt);
    this.#refuse(prompt.sessionId, refusal);
  }

  #putBack({ sessionId, message }: OutboxPrompt): void {
    const attachments = (message.attachments ?? []).map((content) => restoreAttachment(content, newId()));
    this.drafts.putBack(sessionId, { text: String(message.text), attachments });
  }

  #refuse(sessionId: string, refusal: Refusal): void {
    this.#refusals.set(sessionId, refusal);
    this.#changed();
  }

  #note(place: Parameters<QueueBoard["note"]>[0]): void {
    this.queue.note(place);
    this.#changed();
  }

  #remember(sessionId: string, text: string): void {
    if (text.trim() === "") return;
    const texts = this.sentTexts(sessionId).filter((known) => known !== text);
    this.#sentTexts.set(sessionId, [...texts, text].slice(-maxSentTexts));
  }

  #snapshot(): Map<string, OutboxPrompt> {
    return new Map(this.#client.prompts.map((prompt) => [prompt.promptId, prompt]));
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

export function newId(): string {
  return randomUuid((count) => crypto.getRandomValues(new Uint8Array(count)));
}

const desks = new WeakMap<RemoteClient, PromptDesk>();

/** The desk of a client; made with its first use. */
export function promptDeskOf(client: RemoteClient): PromptDesk {
  const known = desks.get(client);
  if (known !== undefined) return known;
  const desk = new PromptDesk(client, new Drafts(localStorage, () => Date.now()));
  desks.set(client, desk);
  return desk;
}
