/** Looking for single records in a file, from its end. In a thread: everything here blocks. */
import type { TurnAnswer } from "../catalog.ts";
import type { SessionFile } from "./log-reader.ts";
import { isFields, textField, type Fields } from "./content-block.ts";
import { MAX_LINE_BYTES, scanLines } from "./line-scan.ts";
import { windowStart } from "./line-windows.ts";
import { toLogRecord, treePlace, turnStep, type LogRecord } from "./log-record.ts";
import { messageKind } from "./message-kind.ts";
import { readBytes, type OpenFile } from "./open-file.ts";
import { parseObject } from "./parse-object.ts";
import { withAnchoredFile, type FileAnchor } from "./read-page.ts";
import { ownIdOf } from "./record-id.ts";
import { renderText } from "./render-text.ts";
import { TurnWatch } from "./turn-watch.ts";

const WINDOW_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The nearest ancestors in the log of records before `before` ([HIST-8]), by the ids that were asked for; null for what has
 * none or is not there.
 */
export function findAncestors(
  file: SessionFile,
  anchor: FileAnchor,
  ids: readonly string[],
  before: number,
): Record<string, string | null> {
  return withAnchoredFile(file, anchor, (open) => {
    /** Who wants to know of the record that is looked for. */
    const sought = new Map<string, string[]>(ids.map((id) => [id, [id]]));
    const found: Record<string, string | null> = Object.create(null) as Record<string, null>;
    for (const id of ids) found[id] = null;
    searchBackwards(open, before, {
      needles: () => sought.keys(),
      record: (record) => {
        const place = treePlace(record);
        const askers = place === undefined ? undefined : sought.get(place.id);
        if (place === undefined || askers === undefined) return;
        sought.delete(place.id);
        if (toLogRecord(record) !== undefined) for (const asker of askers) found[asker] = place.id;
        else if (place.parentId !== null) {
          sought.set(place.parentId, [...(sought.get(place.parentId) ?? []), ...askers]);
        }
      },
    });
    return found;
  });
}

/** Whether the file has a record of this id, or a prompt that was put into a running turn under it. */
export function hasRecord(file: SessionFile, anchor: FileAnchor, id: string): boolean {
  return withAnchoredFile(file, anchor, (open) => recordOffset(open, anchor, id) !== undefined);
}

/** The turn that the prompt of this id began: its last answer and its usage ([CRASH-3]). */
export function answerTo(file: SessionFile, anchor: FileAnchor, promptId: string): TurnAnswer | undefined {
  return withAnchoredFile(file, anchor, (open) => {
    const offset = recordOffset(open, anchor, promptId);
    return offset === undefined ? undefined : readTurn(open, offset, anchor.offset);
  });
}

function recordOffset(file: OpenFile, anchor: FileAnchor, id: string): number | undefined {
  let offset: number | undefined;
  searchBackwards(file, anchor.offset, {
    needles: () => (offset === undefined ? [id] : []),
    record: (record, at) => {
      if (ownIdOf(record["uuid"]) === id || toLogRecord(record)?.givenId === id) offset = at;
    },
  });
  return offset;
}

/** Shows the records that contain one of the needles, the last one first, until there are no needles left. */
function searchBackwards(file: OpenFile, before: number, search: Search): void {
  for (let end = before; end > 0;) {
    const needles = [...search.needles()];
    if (needles.length === 0) return;
    const start = windowStart(file.fd, end, WINDOW_BYTES);
    const bytes = end - start > MAX_LINE_BYTES ? Buffer.alloc(0) : readBytes(file.fd, start, end - start);
    if (needles.some((needle) => includesId(bytes, needle))) searchLines(bytes, start, search);
    end = start;
  }
}

interface Search {
  needles(): Iterable<string>;
  record(record: Fields, offset: number): void;
}

/** What is sought may change with each record that was found. */
function searchLines(bytes: Buffer, base: number, search: Search): void {
  for (let end = bytes.length; end > 0;) {
    const start = bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    const line = bytes.subarray(end === 1 ? 0 : start, end);
    if ([...search.needles()].some((needle) => includesId(line, needle))) {
      const record = parseObject(line, 0, line.length);
      if (record !== undefined) search.record(record, base + start);
    }
    end = end === 1 ? 0 : start;
  }
}

/** Ids are compared in lower case, and may be written in upper case. */
function includesId(line: Buffer, id: string): boolean {
  return line.includes(id) || line.includes(id.toUpperCase());
}

function readTurn(file: OpenFile, from: number, to: number): TurnAnswer {
  const turn = new TurnWatch();
  const texts = new Map<string, string[]>();
  const usages = new Map<string, { inputTokens: number; outputTokens: number }>();
  let newest = "";
  let anonymous = 0;
  const add = (record: Fields, offset: number): boolean => {
    const passed = toLogRecord(record);
    const id = ownIdOf(record["uuid"]) ?? `line at ${offset}`;
    const parentId = ownIdOf(record["parentUuid"]) ?? null;
    if (passed === undefined) {
      const place = treePlace(record);
      if (place?.isSidechain !== false) return true;
      if (place.isOfTurn) turn.passOfTurn(place);
      else turn.pass(place.id, place.parentId);
      return true;
    }
    if (offset !== from && beginsTurn(passed)) return false;
    turn.add(id, parentId, turnStep(passed));
    if (passed.reply === undefined || passed.isApiError) return true;
    const messageId = passed.reply.messageId ?? `record ${++anonymous}`;
    if (passed.reply.usage !== undefined) usages.set(messageId, passed.reply.usage);
    const text = spokenText(passed);
    if (text === "") return true;
    newest = messageId;
    texts.set(messageId, [...(texts.get(messageId) ?? []), text]);
    return true;
  };
  const { rest, offset } = scanLines(file.fd, from, to, {
    line: ({ bytes, start, end }, at) => {
      const record = parseObject(bytes, start, end);
      return record === undefined ? undefined : add(record, at);
    },
    tooLong: () => undefined,
  });
  const last = rest === undefined ? undefined : parseObject(rest, 0, rest.length);
  if (last !== undefined) add(last, offset);
  const usage = { inputTokens: 0, outputTokens: 0 };
  for (const { inputTokens, outputTokens } of usages.values()) {
    usage.inputTokens += inputTokens;
    usage.outputTokens += outputTokens;
  }
  return {
    isFinished: turn.isFinished,
    text: texts.get(newest)?.join("\n\n") ?? "",
    ...(usages.size === 0 ? {} : { usage }),
  };
}

function beginsTurn(record: LogRecord): boolean {
  return record.role === "user" && !record.isSteered && messageKind(record, renderText(record.content)) === "prompt";
}

function spokenText({ content }: LogRecord): string {
  if (typeof content === "string") return content;
  const texts: string[] = [];
  for (const block of content) {
    if (isFields(block) && block["type"] === "text") texts.push(textField(block, "text"));
  }
  return texts.filter((text) => text !== "").join("\n\n");
}
