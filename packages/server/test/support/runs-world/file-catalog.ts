import type {
  CatalogListener,
  NotedSession,
  OwnRecord,
  SessionCatalog,
  SessionLog,
  SessionPage,
  SessionTail,
} from "../../../src/sessions/catalog.ts";
import type { LogMessage, SessionSummary } from "../../../src/sessions/session.ts";
import type { FileRecord, SessionFiles } from "./session-files.ts";

/** A catalog of one server over the files of the world: tells growth on `refresh` only, so that a test sees the order. */
export class FileCatalog implements SessionCatalog {
  readonly noted = new Map<string, NotedSession>();
  readonly appended: { sessionId: string; records: readonly OwnRecord[] }[] = [];
  readonly #files: SessionFiles;
  readonly #told = new Map<string, number>();
  readonly #listeners = new Set<CatalogListener>();
  /** Agents whose files a fresh catalog finds. */
  readonly #agentOf: (sessionId: string) => string;
  isTailUnreadable = false;

  constructor(files: SessionFiles, agentOf: (sessionId: string) => string) {
    this.#files = files;
    this.#agentOf = agentOf;
  }

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  get(sessionId: string): SessionSummary | undefined {
    const noted = this.noted.get(sessionId);
    if (noted === undefined && !this.#files.has(sessionId)) return undefined;
    return {
      sessionId,
      agent: noted?.agent ?? this.#agentOf(sessionId),
      name: noted?.name ?? "",
      workingDirectory: noted?.workingDirectory ?? "/",
      isPlaceholder: false,
      createdAt: noted?.createdAt ?? 0,
      lastModified: 0,
      messageCount: this.#files.records(sessionId).length,
      isCountExact: true,
      preview: "",
    };
  }

  async find(sessionId: string): Promise<SessionSummary | undefined> {
    return this.get(sessionId);
  }

  list(): readonly SessionSummary[] {
    return [];
  }

  page(): SessionPage {
    return { sessions: [], totalCount: 0, nextCursor: null };
  }

  async open(sessionId: string): Promise<SessionLog | undefined> {
    return this.get(sessionId) === undefined ? undefined : this.#log(sessionId);
  }

  async refresh(sessionId: string): Promise<void> {
    const told = this.#told.get(sessionId) ?? 0;
    const records = this.#files.records(sessionId);
    this.#told.set(sessionId, records.length);
    const messages = records.slice(told).map((record, index) => toMessage(record, told + index + 1));
    if (messages.length === 0) return;
    for (const listener of this.#listeners) listener.onAppended?.(this.#log(sessionId), messages);
  }

  async tail(sessionId: string): Promise<SessionTail | undefined> {
    if (this.isTailUnreadable) throw new Error("the test made the file unreadable");
    if (!this.#files.has(sessionId)) return undefined;
    const records = this.#files.records(sessionId);
    const last = records.at(-1);
    return {
      length: records.length,
      lastRecordId: last?.id ?? null,
      isTurnFinished: last?.isFinal === true,
      grewAt: this.#files.grewAt(sessionId),
      hasRecord: async (id) => records.some((record) => record.id === id),
      answerTo: async (promptId) => {
        const begin = records.findIndex((record) => record.id === promptId);
        if (begin === -1) return undefined;
        const answers = records.slice(begin + 1).filter(({ role }) => role === "assistant");
        return {
          isFinished: answers.some(({ isFinal }) => isFinal),
          text: answers.at(-1)?.text ?? "",
          usage: { inputTokens: 3, outputTokens: 5 },
        };
      },
    };
  }

  note(session: NotedSession): void {
    this.noted.set(session.sessionId, session);
  }

  async append(sessionId: string, records: readonly OwnRecord[]): Promise<void> {
    this.appended.push({ sessionId, records });
    this.#files.append(
      sessionId,
      ...records.map(({ uuid, type, message }) => ({
        id: uuid,
        role: type,
        text: typeof message.content === "string" ? message.content : JSON.stringify(message.content),
        isFinal: type === "assistant",
      })),
    );
    await this.refresh(sessionId);
  }

  listen(listener: CatalogListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #log(sessionId: string): SessionLog {
    const messages = () => this.#files.records(sessionId).map((record, index) => toMessage(record, index + 1));
    return {
      sessionId,
      logId: "0".repeat(16),
      endSeq: messages().length,
      startSeq: 1,
      seqOf: async (id) => messages().find((message) => message.id === id)?.seq,
      read: async (from, to) => messages().filter(({ seq }) => seq >= from && seq <= to),
      readBackwards: async function* (before, after) {
        yield messages()
          .filter(({ seq }) => seq < before && seq > after)
          .reverse();
      },
    };
  }
}

function toMessage({ id, role, text }: FileRecord, seq: number): LogMessage {
  return {
    id,
    seq,
    role,
    kind: role === "user" ? "prompt" : "reply",
    text,
    timestamp: 0,
    parentId: null,
    blocks: [],
  };
}
