import { LogBuilder, type LogContent } from "../../../src/sessions/log/log-builder.ts";
import type { LogMessage } from "../../../src/sessions/session.ts";
import { SESSION } from "./reader-place.ts";
import { scanLines } from "./scan-lines.ts";

export interface BuiltLog {
  readonly messages: readonly LogMessage[];
  readonly content: LogContent;
}

/** The log of whole lines, each given as it is or as a record to be written. */
export function buildLog(lines: readonly unknown[], fallbackTime = 0): BuiltLog {
  const builder = new LogBuilder({ sessionId: SESSION, fallbackTime, wantMessages: true });
  addLines(builder, lines);
  return { messages: builder.messages.map(({ message }) => message), content: builder.content() };
}

/** The same lines counted only: no messages are made. */
export function countLog(lines: readonly unknown[], fallbackTime = 0): LogContent {
  const builder = new LogBuilder({ sessionId: SESSION, fallbackTime, wantMessages: false });
  addLines(builder, lines);
  return builder.content();
}

/** The message of one record. */
export function messageOf(record: unknown): LogMessage | undefined {
  return buildLog([record]).messages[0];
}

function addLines(builder: LogBuilder, lines: readonly unknown[]): void {
  scanLines(lines.map(toBytes), (line, start) => builder.addLine(line, start));
  builder.settle();
}

function toBytes(line: unknown): Buffer {
  return Buffer.isBuffer(line) ? line : Buffer.from(typeof line === "string" ? line : JSON.stringify(line));
}
