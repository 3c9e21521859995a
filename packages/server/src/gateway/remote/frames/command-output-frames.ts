/** Lines of a command as frames that fit ([CMD-11]), each form of them made once, however many sockets get it ([CMD-12]). */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { OutputLine } from "../../../commands/command-desk.ts";
import type { FrameForm } from "../outbox.ts";
import { jsonBytes } from "./cut-strings.ts";
import { splitByJson } from "./split-by-json.ts";

type CommandOutput = RemoteServerMessageOf<"command_output">;

export class CommandOutputFrames {
  readonly #commandSessionId: string;
  readonly #lines: readonly OutputLine[];
  readonly #frames = new Map<string, readonly Buffer[]>();

  constructor(commandSessionId: string, lines: readonly OutputLine[]) {
    this.#commandSessionId = commandSessionId;
    this.#lines = lines;
  }

  of({ budgetBytes, batched }: FrameForm): readonly Buffer[] {
    const key = `${budgetBytes} ${batched}`;
    let frames = this.#frames.get(key);
    if (frames === undefined) {
      frames = toCommandOutput(this.#commandSessionId, this.#lines, { budgetBytes, batched }).map((message) =>
        Buffer.from(JSON.stringify(message), "utf8"),
      );
      this.#frames.set(key, frames);
    }
    return frames;
  }
}

/** With `batched` whole lines of one stream that follow each other share a frame, as many as fit. */
export function toCommandOutput(
  commandSessionId: string,
  lines: readonly OutputLine[],
  { budgetBytes, batched }: { budgetBytes: number; batched: boolean },
): CommandOutput[] {
  const frames: CommandOutput[] = [];
  const room = budgetBytes - envelopeBytes(commandSessionId);
  let batch: OutputLine[] = [];
  let batchBytes = 0;
  const flush = (): void => {
    const [first] = batch;
    if (first !== undefined) {
      frames.push({
        type: "command_output",
        command_session_id: commandSessionId,
        stream: first.stream,
        text: batch.map(({ text }) => text).join("\n"),
        seq: first.seq,
        ...(batch.length === 1 ? {} : { lines: batch.length }),
      });
    }
    batch = [];
    batchBytes = 0;
  };
  for (const line of lines) {
    const bytes = jsonBytes(line.text) - 2;
    if (bytes > room || line.isPartial) {
      flush();
      frames.push(...toPieces(commandSessionId, line, room));
      continue;
    }
    const before = batch.at(-1);
    // A newline between two lines takes two bytes.
    const fits = before?.stream === line.stream && batchBytes + 2 + bytes <= room;
    if (!batched || !fits) flush();
    batchBytes += bytes + (batch.length === 0 ? 0 : 2);
    batch.push(line);
  }
  flush();
  return frames;
}

function toPieces(commandSessionId: string, line: OutputLine, room: number): CommandOutput[] {
  const pieces = splitByJson(line.text, room);
  return pieces.map((text, index) => ({
    type: "command_output",
    command_session_id: commandSessionId,
    stream: line.stream,
    text,
    seq: line.seq,
    ...(index < pieces.length - 1 || line.isPartial ? { partial: true as const } : {}),
  }));
}

function envelopeBytes(commandSessionId: string): number {
  const most: CommandOutput = {
    type: "command_output",
    command_session_id: commandSessionId,
    stream: "stdout",
    text: "",
    seq: Number.MAX_SAFE_INTEGER,
    partial: true,
    lines: Number.MAX_SAFE_INTEGER,
  };
  return jsonBytes(most);
}
