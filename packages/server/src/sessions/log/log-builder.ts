/**
 * Lines of a session file, in order, to its log: which records pass, their ids, numbers, ancestors and times, and what lists
 * need to know. Knows nothing of where the lines come from. It starts with an empty log, or goes on behind a known state; then
 * it knows of what stands before no more than that, and what it would have to look up is told with each message.
 */
import { MARK_EVERY, type FileFacts, type FileState, type LogFingerprint } from "./log-reader.ts";
import type { LogMessage } from "../session.ts";
import type { Fields } from "./content-block.ts";
import { FactsBuilder } from "./facts-builder.ts";
import { IdsHash } from "./ids-hash.ts";
import type { LineRow } from "./line-row.ts";
import { recordTime, toLogRecord, treePlace, type LogRecord } from "./log-record.ts";
import { toMessage } from "./to-message.ts";
import { parseObject } from "./parse-object.ts";
import { PrintRow, type Print } from "./print-row.ts";
import { lineIdOf, ownIdOf } from "./record-id.ts";
import { RecordTree, type Ancestor, type LogTip } from "./record-tree.ts";

export interface LogBuilderOptions {
  readonly sessionId: string;
  /** The time of messages that have none and none before them ([HIST-8]). */
  readonly fallbackTime: number;
  readonly wantMessages: boolean;
  readonly from?: FileState | undefined;
  /** All ids of the log before `from`, where they had to be read. */
  readonly idsBefore?: ReadonlySet<string> | undefined;
  readonly compare?: LogFingerprint | undefined;
  /** Lines from the middle of a file whose log is known: numbers count from 1 within them. */
  readonly window?: LogWindow | undefined;
  readonly part?: LogPart | undefined;
}

/** Lines of a file that others count the rest of. */
export interface LogPart {
  readonly isFirst: boolean;
  /** Filled with where each message begins. */
  readonly messageOffsets: number[];
}

/** What lines from the middle of a file cannot tell. */
export interface LogWindow {
  readonly isFirst: boolean;
  /** Offsets of records whose id occurred before. */
  readonly repeated: ReadonlySet<number>;
  /** By offset of a line without an id: how many equal ones stand before it. */
  readonly twins: ReadonlyMap<number, number>;
}

/** A message, and the id of the record whose nearest ancestor it has when that was not among what was read. */
export interface DraftMessage {
  readonly message: LogMessage;
  readonly sought: string | undefined;
}

/** What a state says of the content; `idPrints` are those of the new messages only. */
export type LogContent = Pick<
  FileState,
  "count" | "idsHash" | "idPrints" | "marks" | "repeatedOffsets" | "twins" | "turn" | "tip" | "skippedLines" | "facts"
>;

export class LogBuilder {
  readonly messages: DraftMessage[] = [];
  readonly #options: LogBuilderOptions;
  readonly #facts: FactsBuilder;
  readonly #known: Set<string>;
  readonly #tree: RecordTree;
  readonly #hash: IdsHash;
  readonly #prints = new PrintRow();
  readonly #marks: number[];
  readonly #repeatedOffsets: number[];
  readonly #twins: (readonly [number, number])[];
  #count: number;
  #skippedLines: number;
  #compareHash: string | undefined;

  constructor(options: LogBuilderOptions) {
    this.#options = options;
    const { from } = options;
    this.#facts = new FactsBuilder(from);
    this.#known = new Set(options.idsBefore);
    this.#tree = new RecordTree(this.#known, {
      tip: from?.tip ?? undefined,
      isWhole: from === undefined && (options.window ?? options.part)?.isFirst !== false,
      keepsAll: options.wantMessages,
    });
    this.#hash = new IdsHash(from?.idsHash);
    this.#marks = [...(from?.marks ?? [])];
    this.#repeatedOffsets = [...(from?.repeatedOffsets ?? [])];
    this.#twins = [...(from?.twins ?? [])];
    this.#count = from?.count ?? 0;
    this.#skippedLines = from?.skippedLines ?? 0;
    this.#noteComparison();
  }

  get count(): number {
    return this.#count;
  }

  /** All ids known so far. */
  get ids(): ReadonlySet<string> {
    return this.#known;
  }

  /** What it says of the turn does not depend on lines before. */
  get hasOwnTurn(): boolean {
    return this.#facts.hasOwnTurn;
  }

  get messageOffsets(): readonly number[] {
    return this.#options.part?.messageOffsets ?? [];
  }

  /** Whether the first ids are those of `compare`; true when there was nothing to compare. */
  get isPrefixKept(): boolean {
    const { compare } = this.#options;
    return compare === undefined || this.#compareHash === compare.idsHash;
  }

  /** A line that is too long to be read ([HIST-3]). */
  skipLine(): void {
    this.#skippedLines++;
  }

  /** A line that begins at `offset` in the file. Its bytes have to stay until `settle`. */
  addLine(line: LineRow, offset: number): void {
    if (line.isUnsure || (line.isMessage && this.#options.wantMessages)) return this.#parseLine(line, offset);
    const prompt = line.isMessage ? this.#facts.promptIn(line) : "";
    if (prompt === undefined) return this.#parseLine(line, offset);
    if (!this.#facts.knowsOrigin) this.#facts.addOriginOf(line);
    const { uuid } = line;
    const id = line.isPlainId ? uuid : ownIdOf(uuid);
    if (id === undefined) return line.isMessage ? this.#parseLine(line, offset) : undefined;
    const parentId = (line.isPlainParent ? line.parentUuid : ownIdOf(line.parentUuid)) ?? null;
    if (!line.isMessage) return this.#addDroppedLine(id, parentId, line);
    if (this.#isRepeated(id, offset)) return;
    if (line.isPlainId) {
      this.#prints.addPrint(line.print);
      this.#number(id, offset, line.print);
    } else this.#number(id, offset, this.#prints.add(id));
    this.#facts.addLine(id, parentId, line, { prompt, fallbackTime: this.#options.fallbackTime });
    this.#tree.addMessage(id);
  }

  /** The bytes of the lines that were added are about to go. */
  settle(): void {
    this.#facts.settle();
  }

  /** The last bytes of a file at rest: a line when they are a complete object ([HIST-4]). Says whether they were. */
  addUnended(bytes: Buffer, start: number, end: number, offset: number): boolean {
    const record = parseObject(bytes, start, end);
    if (record !== undefined) this.#addRecord(record, bytes, start, end, offset);
    return record !== undefined;
  }

  content(): LogContent {
    return {
      count: this.#count,
      idsHash: this.#hash.text,
      idPrints: this.#prints.text,
      marks: this.#marks,
      repeatedOffsets: this.#repeatedOffsets,
      twins: this.#twins,
      turn: this.#facts.turn,
      tip: this.#tip(),
      skippedLines: this.#skippedLines,
      facts: this.facts(),
    };
  }

  facts(): FileFacts {
    return this.#facts.facts();
  }

  #tip(): LogTip | null {
    const id = this.#facts.tipId;
    return id === null ? null : { id, ancestor: this.#tree.nearest(id) };
  }

  #parseLine({ bytes, start, end }: LineRow, offset: number): void {
    const record = parseObject(bytes, start, end);
    if (record === undefined) this.skipLine();
    else this.#addRecord(record, bytes, start, end, offset);
  }

  #addDroppedLine(id: string, parentId: string | null, line: LineRow): void {
    const { isSidechain } = line;
    this.#tree.addDropped({ id, parentId, isSidechain });
    if (!isSidechain) this.#facts.addDroppedLine(id, parentId, line);
  }

  #addRecord(record: Fields, bytes: Buffer, start: number, end: number, offset: number): void {
    const time = recordTime(record);
    this.#facts.addOrigin(record, time);
    const passed = toLogRecord(record);
    if (passed === undefined) {
      const place = treePlace(record);
      if (place !== undefined) this.#tree.addDropped(place);
      return this.#facts.addDroppedRecord(record, place);
    }
    const id = ownIdOf(record["uuid"]) ?? this.#lineId(bytes, start, end, offset);
    if (this.#isRepeated(id, offset)) return;
    this.#addMessage(id, ownIdOf(record["parentUuid"]) ?? null, passed, time, offset);
  }

  #isRepeated(id: string, offset: number): boolean {
    const isRepeated = this.#known.has(id) || this.#options.window?.repeated.has(offset) === true;
    if (isRepeated) this.#repeatedOffsets.push(offset);
    return isRepeated;
  }

  #addMessage(id: string, parentId: string | null, record: LogRecord, time: number | undefined, offset: number): void {
    const timestamp = time ?? this.#facts.lastTimestamp ?? this.#options.fallbackTime;
    if (this.#options.wantMessages) {
      const ancestor: Ancestor = this.#tree.nearest(parentId);
      const parent = "id" in ancestor ? ancestor.id : null;
      const message = toMessage(record, { id, seq: this.#count + 1, timestamp, parentId: parent });
      this.messages.push({ message, sought: "sought" in ancestor ? ancestor.sought : undefined });
    }
    this.#number(id, offset, this.#prints.add(id));
    this.#facts.addMessage(id, parentId, record, timestamp);
    this.#tree.addMessage(id);
  }

  /** The next number is this message's. */
  #number(id: string, offset: number, print: Print): void {
    if (this.#count % MARK_EVERY === 0) this.#marks.push(offset);
    this.#options.part?.messageOffsets.push(offset);
    this.#count++;
    this.#known.add(id);
    this.#hash.add(print.high, print.low);
    this.#noteComparison();
  }

  #lineId(bytes: Buffer, start: number, end: number, offset: number): string {
    const line = bytes.subarray(start, end);
    const { window } = this.#options;
    if (window !== undefined) return lineIdOf(this.#options.sessionId, line, window.twins.get(offset) ?? 0);
    let earlier = 0;
    let id = lineIdOf(this.#options.sessionId, line, earlier);
    while (this.#known.has(id)) {
      earlier++;
      id = lineIdOf(this.#options.sessionId, line, earlier);
    }
    if (earlier > 0) this.#twins.push([offset, earlier]);
    return id;
  }

  #noteComparison(): void {
    if (this.#options.compare?.count === this.#count) this.#compareHash = this.#hash.text;
  }
}
