/** Gathers what lists and locks need to know of a file's content, record by record in file order ([WATCH-4], [WATCH-7]). */
import type { FileFacts } from "./log-reader.ts";
import { textField, type Fields } from "./content-block.ts";
import { firstCodePoints, hasCodePoints } from "./cut-text.ts";
import { turnStep, type LogRecord, type TreePlace } from "./log-record.ts";
import { isRealPrompt, messageKind } from "./message-kind.ts";
import { renderText } from "./render-text.ts";
import { TurnWatch, type TurnState } from "./turn-watch.ts";

const KEPT_CODE_POINTS = 200;
const NAMING_CODE_POINTS = 10;

type Draft = { -readonly [Name in keyof FileFacts]: FileFacts[Name] };

export class FactsBuilder {
  readonly #facts: Draft;
  readonly #turn: TurnWatch;
  /** The newest message; its text is made when it is asked for. */
  #newest: LogRecord | undefined;

  constructor(from?: { readonly facts: FileFacts; readonly turn: TurnState }) {
    this.#facts = { preview: "", lastRecordId: null, isTurnFinished: false, ...from?.facts };
    this.#turn = new TurnWatch(from?.turn);
  }

  /** What only the first records can tell is known. */
  get knowsOrigin(): boolean {
    return this.#facts.cwd !== undefined && this.#facts.createdAt !== undefined;
  }

  get lastTimestamp(): number | undefined {
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

  facts(): FileFacts {
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

  addDropped(id: string, parentId: string | null): void {
    this.#turn.pass(id, parentId);
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

  addMessage(id: string, parentId: string | null, record: LogRecord, timestamp: number): void {
    const facts = this.#facts;
    this.#newest = record;
    facts.lastTimestamp = timestamp;
    this.#turn.add(id, parentId, turnStep(record));
    if (record.reply !== undefined && !record.isApiError) {
      facts.model = record.reply.model ?? facts.model;
      const tokens = record.reply.usage?.contextTokens ?? 0;
      if (tokens > 0) facts.contextTokens = tokens;
    }
    if (record.role === "user" && facts.firstPrompt === undefined) this.#addPrompt(record);
  }

  #addPrompt(record: LogRecord): void {
    const facts = this.#facts;
    const text = renderText(record.content);
    if (messageKind(record, text) !== "prompt" || !isRealPrompt(text)) return;
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
