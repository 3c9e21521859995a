/** Gathers what lists and locks need to know of a file's content, record by record in file order ([WATCH-4], [WATCH-7]). */
import type { FileFacts } from "./log-reader.ts";
import { textField, type Fields } from "./content-block.ts";
import { firstCodePoints, hasCodePoints } from "./cut-text.ts";
import type { LineRow } from "./line-row.ts";
import { turnStep, type LogRecord, type TreePlace } from "./log-record.ts";
import { isNotice, isRealPrompt, messageKind } from "./message-kind.ts";
import { NewestLine } from "./newest-line.ts";
import { parseRecordTime } from "./record-time.ts";
import { renderText } from "./render-text.ts";
import { KEPT_CODE_POINTS, promptBeginning } from "./text-beginning.ts";
import { TurnWatch, type TurnState } from "./turn-watch.ts";

const NAMING_CODE_POINTS = 10;

const none: readonly string[] = [];

type Draft = { -readonly [Name in keyof FileFacts]: FileFacts[Name] };

export class FactsBuilder {
  readonly #facts: Draft;
  readonly #turn: TurnWatch;
  /** The newest message; its text is made when it is asked for. */
  #newest: LogRecord | undefined;
  /** What was added since, and is not in the facts yet. */
  readonly #line = new NewestLine();

  constructor(from?: { readonly facts: FileFacts; readonly turn: TurnState }) {
    this.#facts = { preview: "", lastRecordId: null, isTurnFinished: false, ...from?.facts };
    this.#turn = new TurnWatch(from?.turn);
  }

  /** What only the first records can tell is known. */
  get knowsOrigin(): boolean {
    return this.#facts.cwd !== undefined && this.#facts.createdAt !== undefined;
  }

  get lastTimestamp(): number | undefined {
    this.#facts.lastTimestamp = this.#line.takeTime() ?? this.#facts.lastTimestamp;
    return this.#facts.lastTimestamp;
  }

  get tipId(): string | null {
    return this.#turn.tipId;
  }

  get hasOwnTurn(): boolean {
    return this.#turn.hasBegun;
  }

  get turn(): TurnState {
    return this.#turn.state;
  }

  /** The text of a line that a name may be taken from, or enough of it; "" when none is, undefined when it has to be parsed. */
  promptIn(line: LineRow): string | undefined {
    if (!line.isUser || line.hasResult || this.#facts.firstPrompt !== undefined) return "";
    const span = line.textSpan;
    return span && promptBeginning(line.bytes, span);
  }

  facts(): FileFacts {
    this.settle();
    const newest = this.#newest;
    const preview =
      newest === undefined ? this.#facts.preview : firstCodePoints(renderText(newest.content), KEPT_CODE_POINTS);
    return { ...this.#facts, preview, lastRecordId: this.#turn.tipId, isTurnFinished: this.#turn.isFinished };
  }

  /** Any record, in the log or not. */
  addOrigin(record: Fields, time: number | undefined): void {
    this.#facts.createdAt ??= time;
    const cwd = textField(record, "cwd");
    if (cwd !== "") this.#facts.cwd ??= cwd;
  }

  addOriginOf(line: LineRow): void {
    if (this.#facts.createdAt === undefined) this.#facts.createdAt = parseRecordTime(line.time);
    if (this.#facts.cwd !== undefined) return;
    const { cwd } = line;
    if (cwd !== "") this.#facts.cwd = cwd;
  }

  /** A line that is not in the log, of which no name is taken. */
  addDroppedLine(id: string, parentId: string | null, line: LineRow): void {
    if (line.isOfTurn) this.#turn.passOfTurn({ id, parentId });
    else this.#turn.pass(id, parentId);
  }

  addDroppedRecord(record: Fields, place: TreePlace | undefined): void {
    const type = record["type"];
    if (type === "summary") this.#facts.summary = kept(record["summary"]) ?? this.#facts.summary;
    else if (type === "ai-title") this.#facts.title = kept(record["aiTitle"] ?? record["title"]) ?? this.#facts.title;
    else if (type === "custom-title") {
      this.#facts.title = kept(record["customTitle"] ?? record["title"]) ?? this.#facts.title;
    }
    if (place === undefined || place.isSidechain) return;
    if (place.isOfTurn) this.#turn.passOfTurn(place);
    else this.#turn.pass(place.id, place.parentId);
  }

  /** A message that was not parsed, and what `promptIn` says of it. Its bytes have to stay until `settle`. */
  addLine(id: string, parentId: string | null, line: LineRow, more: { prompt: string; fallbackTime: number }): void {
    const facts = this.#facts;
    const { isUser } = line;
    if (!line.isPlainTime) {
      facts.lastTimestamp = parseRecordTime(line.time) ?? this.lastTimestamp ?? more.fallbackTime;
      this.#line.forget();
    }
    this.#line.note(line);
    this.#turn.add(id, parentId, {
      role: isUser ? "user" : "assistant",
      isSteered: false,
      isFinal: line.isFinal,
      callIds: isUser ? none : line.callIds,
      resultIds: isUser ? line.resultIds : none,
      hasResult: line.hasResult,
    });
    if (!isUser && !line.isApiError && line.contextTokens > 0) facts.contextTokens = line.contextTokens;
    if (more.prompt !== "" && !isNotice(more.prompt)) this.#addPrompt(more.prompt);
  }

  /** Takes from lines what is needed of them: their bytes are about to go. */
  settle(): void {
    const facts = this.#facts;
    facts.lastTimestamp = this.#line.takeTime() ?? facts.lastTimestamp;
    facts.model = this.#line.takeModel() ?? facts.model;
    const preview = this.#line.takePreview();
    if (preview === undefined) return;
    facts.preview = preview;
    this.#newest = undefined;
  }

  addMessage(id: string, parentId: string | null, record: LogRecord, timestamp: number): void {
    const facts = this.#facts;
    facts.model = this.#line.takeModel() ?? facts.model;
    this.#line.forget();
    this.#newest = record;
    facts.lastTimestamp = timestamp;
    this.#turn.add(id, parentId, turnStep(record));
    if (record.reply !== undefined && !record.isApiError) {
      facts.model = record.reply.model ?? facts.model;
      const tokens = record.reply.usage?.contextTokens ?? 0;
      if (tokens > 0) facts.contextTokens = tokens;
    }
    if (record.role !== "user" || facts.firstPrompt !== undefined) return;
    const text = renderText(record.content);
    if (messageKind(record, text) === "prompt") this.#addPrompt(text);
  }

  #addPrompt(text: string): void {
    const facts = this.#facts;
    if (!isRealPrompt(text)) return;
    const trimmed = text.trim();
    if (hasCodePoints(trimmed, NAMING_CODE_POINTS)) {
      facts.firstPrompt = firstCodePoints(trimmed, KEPT_CODE_POINTS);
      facts.longestPrompt = undefined;
    } else if (facts.longestPrompt === undefined || trimmed.length > facts.longestPrompt.length) {
      facts.longestPrompt = trimmed;
    }
  }
}

function kept(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return text === "" ? undefined : firstCodePoints(text, KEPT_CODE_POINTS);
}
