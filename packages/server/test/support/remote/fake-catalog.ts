import type {
  CatalogListener,
  SessionCatalog,
  SessionFilter,
  SessionLog,
  SessionPage,
} from "../../../src/sessions/catalog.ts";
import type { LogMessage, SessionSummary } from "../../../src/sessions/session.ts";

/** A log as it is at one moment. */
class ArrayLog implements SessionLog {
  readonly startSeq = 1;
  readonly sessionId: string;
  readonly logId: string;
  readonly endSeq: number;
  readonly #messages: readonly LogMessage[];
  readonly #gate: () => Promise<void>;

  constructor(sessionId: string, logId: string, messages: readonly LogMessage[], gate: () => Promise<void>) {
    this.sessionId = sessionId;
    this.logId = logId;
    this.endSeq = messages.length;
    this.#messages = messages;
    this.#gate = gate;
  }

  seqOf(messageId: string): Promise<number | undefined> {
    return Promise.resolve(this.#messages.find(({ id }) => id === messageId)?.seq);
  }

  async read(fromSeq: number, toSeq: number): Promise<readonly LogMessage[]> {
    await this.#gate();
    return this.#messages.filter(({ seq }) => seq >= fromSeq && seq <= toSeq);
  }

  async *readBackwards(beforeSeq: number, afterSeq: number): AsyncGenerator<readonly LogMessage[]> {
    await this.#gate();
    yield this.#messages.filter(({ seq }) => seq < beforeSeq && seq > afterSeq).toReversed();
  }
}

interface Entry {
  summary: SessionSummary;
  messages: LogMessage[];
  logId: string;
}

/** Sessions that a test makes and grows; listeners hear of it as they do from the real catalog. */
export class FakeCatalog implements SessionCatalog {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<CatalogListener>();
  #logs = 0;
  #ids = 0;
  /** Set: reading a log waits for it. */
  gate: Promise<void> | undefined;

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  /** A session with these messages. */
  add(sessionId: string, texts: readonly string[] = ["hello"], more: Partial<SessionSummary> = {}): void {
    const at = Date.UTC(2026, 2, 1) + this.#entries.size * 1_000;
    this.#entries.set(sessionId, {
      summary: {
        sessionId,
        agent: "echo",
        name: `Session ${this.#entries.size + 1}`,
        workingDirectory: "/home/anna/shop",
        isPlaceholder: false,
        createdAt: at,
        lastModified: at,
        messageCount: 0,
        isCountExact: true,
        preview: "",
        ...more,
      },
      messages: [],
      logId: `${++this.#logs}`.padStart(16, "0"),
    });
    this.grow(sessionId, texts);
  }

  grow(sessionId: string, texts: readonly string[]): void {
    const entry = this.#entry(sessionId);
    const isFirst = entry.messages.length === 0;
    const added = texts.map((text): LogMessage => this.#toMessage(entry, text));
    if (added.length === 0) return;
    this.#summarise(entry);
    const log = this.#log(entry);
    for (const listener of this.#listeners) {
      if (isFirst) listener.onCreated?.(entry.summary);
      else listener.onChanged?.(entry.summary);
      listener.onAppended?.(log, added);
    }
  }

  /** The file was rewritten: other messages under another numbering. */
  reset(sessionId: string, texts: readonly string[]): void {
    const entry = this.#entry(sessionId);
    entry.messages = [];
    entry.logId = `${++this.#logs}`.padStart(16, "0");
    for (const text of texts) this.#toMessage(entry, text);
    this.#summarise(entry);
    const log = this.#log(entry);
    for (const listener of this.#listeners) listener.onReset?.(log);
  }

  remove(sessionId: string): void {
    this.#entries.delete(sessionId);
    for (const listener of this.#listeners) listener.onGone?.(sessionId);
  }

  change(sessionId: string, more: Partial<SessionSummary>): void {
    const entry = this.#entry(sessionId);
    entry.summary = { ...entry.summary, ...more };
    for (const listener of this.#listeners) listener.onChanged?.(entry.summary);
  }

  get(sessionId: string): SessionSummary | undefined {
    return this.#entries.get(sessionId)?.summary;
  }

  find(sessionId: string): Promise<SessionSummary | undefined> {
    return Promise.resolve(this.get(sessionId));
  }

  list({ workingDirectory, agent, hidden }: SessionFilter): readonly SessionSummary[] {
    return [...this.#entries.values()]
      .map(({ summary }) => summary)
      .filter((summary) => summary.messageCount > 0 && hidden?.has(summary.sessionId) !== true)
      .filter((summary) => workingDirectory === undefined || summary.workingDirectory === workingDirectory)
      .filter((summary) => agent === undefined || summary.agent === agent)
      .sort((a, b) => b.lastModified - a.lastModified || (a.sessionId < b.sessionId ? -1 : 1));
  }

  page({
    cursor,
    limit,
    ...filter
  }: SessionFilter & { readonly cursor?: string | undefined; readonly limit: number }): SessionPage {
    const all = this.list(filter);
    const from = cursor === undefined ? 0 : all.findIndex(({ sessionId }) => sessionId === cursor) + 1;
    const sessions = all.slice(from, from + limit);
    const hasMore = from + limit < all.length;
    return { sessions, totalCount: all.length, nextCursor: hasMore ? (sessions.at(-1)?.sessionId ?? null) : null };
  }

  open(sessionId: string): Promise<SessionLog | undefined> {
    const entry = this.#entries.get(sessionId);
    return Promise.resolve(entry === undefined ? undefined : this.#log(entry));
  }

  append(): Promise<void> {
    return Promise.resolve();
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  tail(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  note(): void {
    // What is noted belongs to the run desk, which is a fake beside this one.
  }

  listen(listener: CatalogListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #toMessage(entry: Entry, text: string): LogMessage {
    const seq = entry.messages.length + 1;
    const message: LogMessage = {
      id: `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`,
      seq,
      role: seq % 2 === 1 ? "user" : "assistant",
      kind: seq % 2 === 1 ? "prompt" : "reply",
      text,
      timestamp: Date.UTC(2026, 2, 1) + this.#ids * 1_000,
      parentId: entry.messages.at(-1)?.id ?? null,
      blocks: [{ type: "text", text }],
    };
    entry.messages.push(message);
    return message;
  }

  #summarise(entry: Entry): void {
    const last = entry.messages.at(-1);
    entry.summary = {
      ...entry.summary,
      messageCount: entry.messages.length,
      preview: (last?.text ?? "").slice(0, 200),
      lastModified: last?.timestamp ?? entry.summary.lastModified,
    };
  }

  #entry(sessionId: string): Entry {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) throw new Error(`the test has no session ${sessionId}`);
    return entry;
  }

  #log({ summary, logId, messages }: Entry): SessionLog {
    return new ArrayLog(summary.sessionId, logId, [...messages], async () => this.gate);
  }
}
