/**
 * The rows that a conversation is shown as, made from the messages of its log: a tool's call and its result are one step,
 * steps between two texts are one row, days and holes stand between. It must not know how anything looks, or sockets.
 *
 * An appended message costs what it holds, whatever came before. Older pages are put in front without touching what was
 * made from the messages behind the first prompt. Rows never change; a row that grows is replaced, under its key.
 */
import type { RemoteMessageItem } from "@parlatory/protocol/remote";
import type { MessageBlock, TimelineRow, ToolStep, WorkRow, WorkStep } from "./timeline-row.ts";
import { isSaid } from "./timeline-row.ts";

/** A call without a result may still be at work in the last rows only. */
export const LIVE_ROWS = 4;
/** A row of more steps would take too long to draw at once. */
const MAX_STEPS = 40;
/** So many messages may be forgotten by the view before they are forgotten here too. */
const MAX_FORGOTTEN = 1_000;

export class Timeline {
  #rows: TimelineRow[] = [];
  readonly #keys = new Set<string>();
  /** Calls without a result, by id: where their row is, counted from the first row that was ever made. */
  readonly #calls = new Map<string, number>();
  /** Rows in front of that first one. */
  #leading = 0;
  #first: RemoteMessageItem | undefined;
  #last: RemoteMessageItem | undefined;
  /** Where the last result is whose call is not here, counted like the calls; what is up to it may change with older pages. */
  #lastOrphan: number | undefined;
  /** Steps that begin a row because they did before. */
  readonly #beginnings: ReadonlySet<string>;
  /** The row that the message at hand has its place in was found. */
  #isPlaced = false;

  constructor(beginnings: ReadonlySet<string> = new Set()) {
    this.#beginnings = beginnings;
  }

  get rows(): readonly TimelineRow[] {
    return this.#rows;
  }

  get firstSeq(): number | undefined {
    return this.#first?.seq;
  }

  get lastSeq(): number | undefined {
    return this.#last?.seq;
  }

  /** The newest call that has no result yet, unless too much was said since for it to be still at work. */
  get pendingCall(): ToolStep | undefined {
    for (const row of this.#rows.slice(-LIVE_ROWS).reverse()) {
      if (row.type !== "work") continue;
      const step = row.steps.findLast((each) => each.type === "tool" && each.result === undefined);
      if (step?.type === "tool") return step;
    }
    return undefined;
  }

  /** Takes a change of the log, of which `messages` is all that is known now and `added` what is new of it; both oldest first. */
  take(messages: readonly RemoteMessageItem[], added: readonly RemoteMessageItem[]): void {
    const first = this.#first;
    const last = this.#last;
    const newFirst = messages[0];
    if (first === undefined || last === undefined || newFirst === undefined) return this.#renew(messages);
    if (newFirst.seq > first.seq + MAX_FORGOTTEN || newFirst.session_id !== first.session_id) {
      return this.#renew(messages);
    }
    const [firstAdded] = added;
    if (firstAdded === undefined) return;
    if (firstAdded.seq > last.seq) for (const message of added) this.append(message);
    else if ((added.at(-1)?.seq ?? 0) < first.seq) this.#prepend(messages);
    else this.#renew(messages);
  }

  /** Forgets everything: what is known now is another log. */
  reset(messages: readonly RemoteMessageItem[]): void {
    this.#clear();
    for (const message of messages) this.append(message);
  }

  append(message: RemoteMessageItem): void {
    this.#separate(message);
    this.#first ??= message;
    this.#last = message;
    this.#isPlaced = false;
    switch (message.kind) {
      case "notice":
        this.#remark("notice", message);
        break;
      case "compact_summary":
        this.#remark("summary", message);
        break;
      case "api_error":
        this.#remark("failure", message);
        break;
      case "prompt":
        this.#prompt(message);
        break;
      default:
        this.#blocks(message);
    }
    // One without content has its place too.
    if (!this.#isPlaced) this.#remark("notice", message);
  }

  /** Where a message has its place; -1 when it is not here. */
  indexOf(seq: number): number {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#rows[middle]?.seq ?? Infinity) <= seq) low = middle;
      else high = middle - 1;
    }
    // A tool's result stands with its call, which may be rows before.
    for (let index = low; index >= 0; index -= 1) {
      const row = this.#rows[index];
      if (row !== undefined && isSaid(row) && row.seqs.includes(seq)) return index;
    }
    return -1;
  }

  /** Where the row of this key is, or -1. */
  indexOfKey(key: string): number {
    return this.#keys.has(key) ? this.#rows.findIndex((row) => row.key === key) : -1;
  }

  #clear(): void {
    this.#rows = [];
    this.#keys.clear();
    this.#calls.clear();
    this.#lastOrphan = undefined;
    this.#leading = 0;
    this.#first = undefined;
    this.#last = undefined;
  }

  #renew(messages: readonly RemoteMessageItem[]): void {
    this.#adopt(this.#made(messages, this.#rows), []);
  }

  #prepend(messages: readonly RemoteMessageItem[]): void {
    const border = this.#border();
    const from = this.#rows[border];
    if (from === undefined) return this.#renew(messages);
    const end = messages.findIndex(({ seq }) => seq === from.seq);
    const next = messages[end];
    if (next === undefined) return this.#renew(messages);
    const lead = this.#made(messages.slice(0, end), this.#rows.slice(0, border));
    lead.#separate(next);
    this.#adopt(lead, this.#rows.slice(border), border);
  }

  /** The first prompt from which on nothing depends on what was before it, but the day and the hole in front of it; or -1. */
  #border(): number {
    const orphan = this.#lastOrphan === undefined ? -1 : this.#lastOrphan + this.#leading;
    // Work before a prompt may have its result behind it.
    let reach = 0;
    return this.#rows.findIndex((row, index) => {
      if (row.type === "prompt" && index > orphan && reach < row.seq) return true;
      if (isSaid(row)) reach = Math.max(reach, row.seqs.at(-1) ?? 0);
      return false;
    });
  }

  /** Rows of some messages, which begin where rows began `before`. */
  #made(messages: readonly RemoteMessageItem[], before: readonly TimelineRow[]): Timeline {
    const made = new Timeline(new Set(before.flatMap((row) => (row.type === "work" ? [row.steps[0]?.key ?? ""] : []))));
    for (const message of messages) made.append(message);
    return made;
  }

  /** Takes another timeline's rows in place of the first `replaced` of its own, of which `rest` stays. */
  #adopt(lead: Timeline, rest: readonly TimelineRow[], replaced = this.#rows.length): void {
    if (rest.length === 0) {
      this.#calls.clear();
      this.#leading = 0;
      this.#last = lead.#last;
    } else {
      for (const [id, place] of this.#calls) if (place + this.#leading < replaced) this.#calls.delete(id);
      this.#leading += lead.#rows.length - replaced;
    }
    this.#first = lead.#first;
    this.#lastOrphan = lead.#lastOrphan === undefined ? undefined : lead.#lastOrphan - this.#leading;
    for (const [id, place] of lead.#calls) this.#calls.set(id, place + lead.#leading - this.#leading);
    this.#rows = [...lead.#rows, ...rest];
    this.#keys.clear();
    for (const { key } of this.#rows) this.#keys.add(key);
  }

  #separate(message: RemoteMessageItem): void {
    const { seq, timestamp } = message;
    const before = this.#last;
    if (before !== undefined && seq > before.seq + 1) {
      this.#push({ type: "gap", key: `gap:${seq}`, seq, at: timestamp, afterSeq: before.seq, beforeSeq: seq });
    }
    // The first day is said above all rows: a row of its own would go when older ones come, and one's place with it.
    if (before !== undefined && dayOf(before.timestamp) !== dayOf(timestamp)) {
      this.#push({ type: "day", key: `day:${seq}`, seq, at: timestamp });
    }
  }

  #prompt(message: RemoteMessageItem): void {
    const blocks = blocksOf(message);
    const images = blocks.flatMap((block) => (block.type === "image" ? [imageLabel(block)] : []));
    const own = message.prompt_id === undefined ? undefined : `prompt:${message.prompt_id}`;
    this.#push({
      ...this.#place(message),
      type: "prompt",
      key: own === undefined || this.#keys.has(own) ? `m:${message.seq}` : own,
      text: textOf(blocks),
      images,
    });
  }

  #remark(type: "notice" | "summary" | "failure", message: RemoteMessageItem, text = message.text): void {
    const blocks = message.blocks === undefined ? "" : textOf(message.blocks);
    this.#push({ ...this.#place(message), type, key: `m:${message.seq}`, text: blocks === "" ? text : blocks });
  }

  #blocks(message: RemoteMessageItem): void {
    let texts: string[] = [];
    let count = 0;
    const endText = (): void => {
      if (texts.length === 0) return;
      const text = texts.join("\n\n");
      texts = [];
      const key = `m:${message.seq}${count === 0 ? "" : `.${count}`}`;
      count += 1;
      const type = message.role === "assistant" ? "reply" : "notice";
      this.#push({ ...this.#place(message), type, key, text });
    };
    for (const [index, block] of blocksOf(message).entries()) {
      if (block.type === "text") {
        if (block.text.trim() !== "") texts.push(block.text);
        continue;
      }
      if (block.type === "image" || block.type === "unknown") {
        texts.push(block.type === "image" ? imageLabel(block) : `[${block.raw_type}]`);
        continue;
      }
      endText();
      if (block.type === "tool_result") this.#result(message, block, index);
      else this.#step(message, block, index);
    }
    endText();
  }

  #step(
    message: RemoteMessageItem,
    block: Extract<MessageBlock, { type: "tool_use" | "thinking" }>,
    index: number,
  ): void {
    const { timestamp: at, truncated, seq } = message;
    const isCut = truncated === true;
    if (block.type === "thinking") {
      this.#work(message, { type: "thought", key: `s:${seq}.${index}`, at, isCut, text: block.text });
      return;
    }
    const key = this.#stepKey(block.id, seq, index);
    const { name, input } = block;
    const place = this.#work(message, { type: "tool", key, at, isCut, name, input, result: undefined });
    this.#calls.set(block.id, place);
  }

  #result(message: RemoteMessageItem, block: Extract<MessageBlock, { type: "tool_result" }>, index: number): void {
    const { tool_use_id: id, text, is_error: isError } = block;
    const { timestamp: at, seq } = message;
    const isCut = message.truncated === true;
    const result = { text, isError, at };
    const place = this.#calls.get(id);
    const row = place === undefined ? undefined : this.#rows[place + this.#leading];
    if (place === undefined || row?.type !== "work") {
      const key = this.#stepKey(id, seq, index);
      const orphan: ToolStep = { type: "tool", key, at, isCut, name: undefined, input: undefined, result };
      this.#lastOrphan = this.#work(message, orphan);
      return;
    }
    this.#calls.delete(id);
    const stepIndex = row.steps.findLastIndex(
      (step) => step.type === "tool" && step.result === undefined && isKeyOf(step.key, id),
    );
    const steps = row.steps.map((step, each) =>
      each === stepIndex && step.type === "tool" ? { ...step, result, isCut: step.isCut || isCut } : step,
    );
    this.#rows[place + this.#leading] = { ...row, steps, seqs: [...row.seqs, ...this.#seqOnce(message)] };
  }

  /** Puts a step into the row of work that is open, or begins one; answers where that row is. */
  #work(message: RemoteMessageItem, step: WorkStep): number {
    const index = this.#rows.length - 1;
    const row = this.#rows[index];
    const goesOn = row?.type === "work" && row.steps.length < MAX_STEPS && !this.#beginnings.has(step.key);
    if (!goesOn) {
      this.#push({ ...this.#place(message), type: "work", key: `w:${step.key}`, steps: [step] });
      return this.#rows.length - 1 - this.#leading;
    }
    const seqs = [...row.seqs, ...this.#seqOnce(message)];
    this.#rows[index] = { ...row, steps: [...row.steps, step], seqs } satisfies WorkRow;
    return index - this.#leading;
  }

  #stepKey(id: string, seq: number, index: number): string {
    if (id === "") return `s:${seq}.${index}`;
    return this.#keys.has(`w:${stepKeyOf(id)}`) ? `${stepKeyOf(id)}:${seq}` : stepKeyOf(id);
  }

  #place(message: RemoteMessageItem): { seq: number; seqs: readonly number[]; at: string; isCut: boolean } {
    const { seq, timestamp: at, truncated } = message;
    return { seq, seqs: this.#seqOnce(message), at, isCut: truncated === true };
  }

  #seqOnce({ seq }: RemoteMessageItem): readonly number[] {
    if (this.#isPlaced) return [];
    this.#isPlaced = true;
    return [seq];
  }

  #push(row: TimelineRow): void {
    this.#rows.push(row);
    this.#keys.add(row.key);
  }
}

function blocksOf({ blocks, text }: RemoteMessageItem): readonly MessageBlock[] {
  return blocks ?? [{ type: "text", text }];
}

function textOf(blocks: readonly MessageBlock[]): string {
  return blocks.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n\n");
}

function imageLabel(block: Extract<MessageBlock, { type: "image" }>): string {
  const size = block.size_bytes < 1024 ? `${block.size_bytes} B` : `${Math.round(block.size_bytes / 1024)} KB`;
  return `[${block.media_type}, ${size}]`;
}

function stepKeyOf(id: string): string {
  return `t:${id}`;
}

function isKeyOf(key: string, id: string): boolean {
  return id === "" ? key.startsWith("s:") : key === stepKeyOf(id) || key.startsWith(`${stepKeyOf(id)}:`);
}

/** A day of the calendar where the reader is. */
function dayOf(timestamp: string): string {
  return new Date(timestamp).toDateString();
}
