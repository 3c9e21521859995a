/**
 * Live output of commands on one socket. A socket that does not read loses lines, which is told by a gap; what it lost is in
 * the log ([CMD-12]). While a page is read for `follow`, lines are held, and those that the page covers are left out
 * ([CMDHIST-9]).
 */
import { REMOTE_LIMITS, type RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { OutputLine } from "../../../commands/command-desk.ts";
import { toCommandOutput, type CommandOutputFrames } from "../frames/command-output-frames.ts";
import type { Outbox } from "../outbox.ts";

interface Feed {
  /** What was lost and is not told yet. */
  gap: { from: number; to: number } | undefined;
  /** Set while a page is read. */
  held: { lines: OutputLine[]; bytes: number; end: RemoteServerMessageOf<"command_complete"> | undefined } | undefined;
}

export class CommandFeeds {
  readonly #outbox: Outbox;
  readonly #feeds = new Map<string, Feed>();

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  push(commandSessionId: string, lines: readonly OutputLine[], frames: CommandOutputFrames): void {
    const feed = this.#feeds.get(commandSessionId);
    if (feed?.held !== undefined) hold(feed, feed.held, lines);
    else if (this.#isCrowded || feed?.gap !== undefined) this.#lose(commandSessionId, lines);
    else for (const frame of frames.of(this.#outbox.form)) this.#outbox.sendFrame(frame);
  }

  complete(message: RemoteServerMessageOf<"command_complete">): void {
    const feed = this.#feeds.get(message.command_session_id);
    if (feed?.held !== undefined) {
      feed.held.end = message;
      return;
    }
    if (feed !== undefined) this.#tellGap(message.command_session_id, feed);
    this.#feeds.delete(message.command_session_id);
    this.#outbox.send(message);
  }

  /** Lines are held from now on until `goOn`. */
  hold(commandSessionId: string): void {
    this.#feeds.set(commandSessionId, { gap: undefined, held: { lines: [], bytes: 0, end: undefined } });
  }

  /** The page was sent: lines behind `afterSeq` follow. */
  goOn(commandSessionId: string, afterSeq: number): void {
    const feed = this.#feeds.get(commandSessionId);
    const held = feed?.held;
    if (feed === undefined || held === undefined) return;
    feed.held = undefined;
    const lines = held.lines.filter(({ seq }) => seq > afterSeq);
    for (const message of toCommandOutput(commandSessionId, lines, this.#outbox.form)) this.#outbox.send(message);
    if (feed.gap === undefined) this.#feeds.delete(commandSessionId);
    if (held.end !== undefined) this.complete(held.end);
  }

  handleDrained(): void {
    for (const [commandSessionId, feed] of this.#feeds) {
      if (feed.held !== undefined || feed.gap === undefined) continue;
      this.#tellGap(commandSessionId, feed);
      this.#feeds.delete(commandSessionId);
    }
  }

  get #isCrowded(): boolean {
    return this.#outbox.waitingBytes > REMOTE_LIMITS.pauseCommandOutputAboveBytes;
  }

  #lose(commandSessionId: string, lines: readonly OutputLine[]): void {
    let feed = this.#feeds.get(commandSessionId);
    if (feed === undefined) this.#feeds.set(commandSessionId, (feed = { gap: undefined, held: undefined }));
    widen(feed, lines);
  }

  #tellGap(commandSessionId: string, feed: Feed): void {
    if (feed.gap === undefined) return;
    const { from, to } = feed.gap;
    feed.gap = undefined;
    this.#outbox.send({
      type: "command_output_gap",
      command_session_id: commandSessionId,
      from_seq: from,
      to_seq: to,
    });
  }
}

function hold(feed: Feed, held: NonNullable<Feed["held"]>, lines: readonly OutputLine[]): void {
  const bytes = lines.reduce((sum, { text }) => sum + text.length, 0);
  if (feed.gap !== undefined || held.bytes + bytes > REMOTE_LIMITS.pauseCommandOutputAboveBytes) {
    widen(feed, lines);
    return;
  }
  held.lines.push(...lines);
  held.bytes += bytes;
}

function widen(feed: Feed, lines: readonly OutputLine[]): void {
  const first = lines[0];
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return;
  feed.gap = { from: feed.gap?.from ?? first.seq, to: last.seq };
}
