/**
 * The reader of session files with threads behind it. Some read what a person waits for, others count whole files, so that a
 * file of gigabytes delays nobody. What a thread cannot tell of a file's beginning from its end is looked up here, in the
 * prints of the file's state, before the file is asked.
 */
import { Worker } from "node:worker_threads";
import type { Scheduler } from "../../ports.ts";
import type { LogMessage } from "../session.ts";
import { draftMessages } from "./draft-messages.ts";
import { LogLane, type StartThread } from "./log-lane.ts";
import type { FilePages, FileState, LogReader, ScanRequest, ScanResult, SessionFile, SizedFile } from "./log-reader.ts";
import { anchorOf } from "./page-anchor.ts";
import { hasAnyPrint } from "./print-set.ts";
import type { ScanAnswer } from "./scan-file.ts";
import type { CountedFile } from "./count-file.ts";
import { ThreadFilePages } from "./thread-file-pages.ts";

export interface ThreadLogReaderOptions {
  readonly scheduler: Scheduler;
  /** Whether a prompt of this id was accepted by this server ([HIST-8] `prompt_id`); none was, if not given. */
  readonly isOwnPrompt?: ((sessionId: string, promptId: string) => boolean) | undefined;
  /** Threads that count whole files; one more answers what is waited for. */
  readonly countingThreads?: number | undefined;
  /** As `main.ts` starts threads. */
  readonly startThread?: StartThread | undefined;
}

/** A file of this size is counted by all counting threads together. */
const LARGE_BYTES = 32 * 1024 * 1024;
/** Files that a thread counts between two answers: few enough that no thread waits long for another one at the end. */
const SHARE_BYTES = 1024 * 1024;
const SHARE_FILES = 64;

export class ThreadLogReader implements LogReader {
  readonly #options: ThreadLogReaderOptions;
  /** Growth and pages: small, and somebody waits for them. */
  readonly #prompt: LogLane;
  readonly #counting: LogLane;
  readonly #countingThreads: number;

  constructor(options: ThreadLogReaderOptions) {
    this.#options = options;
    const { scheduler } = options;
    const startThread = options.startThread ?? ((script, settings) => new Worker(script, settings));
    this.#prompt = new LogLane({ threads: 1, startThread, scheduler, rests: false });
    this.#countingThreads = options.countingThreads ?? 2;
    this.#counting = new LogLane({ threads: this.#countingThreads, startThread, scheduler, rests: true });
  }

  async scan(request: ScanRequest): Promise<ScanResult> {
    const { from } = request;
    const known = from === undefined || from.offset === 0 ? undefined : from;
    const lane = known === undefined ? this.#counting : this.#prompt;
    const job = {
      kind: "scan",
      file: request.file,
      from: known === undefined ? undefined : { ...known, idPrints: "" },
      compare: request.compare,
      atRest: request.atRest,
      wantMessages: request.wantMessages,
    } as const;
    const maySplit = known === undefined && request.compare === undefined && !request.wantMessages;
    let answer = await lane.run<"scan">(maySplit ? { ...job, largeBytes: LARGE_BYTES } : job);
    if (answer.outcome === "large") {
      const state = await this.#countInParts(request, answer.size);
      if (state !== undefined) return { outcome: "grown", state, messages: [], hasMore: false };
      answer = await lane.run<"scan">(job);
    }
    // An id that the file may have had before: only all of its ids can tell.
    if (known !== undefined && isContinued(answer) && hasAnyPrint(known.idPrints, answer.state.idPrints)) {
      answer = await lane.run<"scan">({ ...job, readsIds: true });
    }
    return this.#resultOf(request, known, answer);
  }

  openPages(file: SessionFile, state: FileState): FilePages {
    return new ThreadFilePages({
      lane: this.#prompt,
      file,
      state,
      finish: (drafts, before) => this.#finish(file, state, drafts, before),
    });
  }

  glance(file: SessionFile): Promise<{ state: FileState; isExact: boolean } | undefined> {
    return this.#counting.run<"glance">({ kind: "glance", file });
  }

  async count(files: readonly SizedFile[]): Promise<readonly (FileState | null)[]> {
    const counted = await Promise.all(
      shares(files).map(async (share) => {
        const answer = await this.#counting.run<"count">({ kind: "count", file: share[0], files: share });
        return JSON.parse(answer) as CountedFile[];
      }),
    );
    return counted.flat();
  }

  async close(): Promise<void> {
    await Promise.all([this.#prompt.close(), this.#counting.close()]);
  }

  /** The state of a large file, each thread having counted a part; undefined where it has to be counted in one go. */
  async #countInParts({ file, atRest }: ScanRequest, size: number): Promise<FileState | undefined> {
    const parts = this.#countingThreads;
    const bounds = Array.from({ length: parts + 1 }, (_, i) => Math.floor((size / parts) * i));
    const jobs = bounds.slice(0, parts).map((from, i) => {
      const to = bounds[i + 1] ?? size;
      return this.#counting.run<"segment">({ kind: "segment", file, from, to, size, atRest });
    });
    const segments = (await Promise.all(jobs)).filter((segment) => segment !== undefined);
    return segments.length < parts ? undefined : this.#counting.run<"join">({ kind: "join", file, size, segments });
  }

  async #resultOf(request: ScanRequest, known: FileState | undefined, answer: ScanAnswer): Promise<ScanResult> {
    switch (answer.outcome) {
      case "gone":
        return answer;
      case "rewritten":
        return answer;
      case "large":
      case "unchanged":
        return known === undefined ? { outcome: "gone" } : { outcome: "unchanged", state: known };
      case "grown": {
        const { drafts, isContinued: goesOn, hasMore } = answer;
        if (!goesOn || known === undefined) {
          const messages = await this.#finish(request.file, answer.state, drafts, 0);
          return { outcome: "grown", state: answer.state, messages, hasMore };
        }
        const state = { ...answer.state, idPrints: known.idPrints + answer.state.idPrints };
        const messages = await this.#finish(request.file, known, drafts, known.offset);
        return { outcome: "grown", state, messages, hasMore };
      }
    }
  }

  /** `before`: what stands there was read already, and is not among what is sought. */
  #finish(
    file: SessionFile,
    state: FileState,
    drafts: Parameters<typeof draftMessages>[0],
    before: number,
  ): Promise<readonly LogMessage[]> {
    const { isOwnPrompt } = this.#options;
    return draftMessages(drafts, {
      idPrints: state.idPrints,
      isOwnPrompt: (id) => isOwnPrompt?.(file.sessionId, id) ?? false,
      findAncestors: (ids) =>
        this.#prompt.run<"ancestors">({ kind: "ancestors", file, anchor: anchorOf(state), ids, before }),
    });
  }
}

/** Of about the same work each. */
function shares(files: readonly SizedFile[]): [SessionFile, ...SessionFile[]][] {
  const all: [SessionFile, ...SessionFile[]][] = [];
  let bytes = 0;
  for (const { path, sessionId, size } of files) {
    const share = all.at(-1);
    if (share === undefined || bytes >= SHARE_BYTES || share.length >= SHARE_FILES) {
      all.push([{ path, sessionId }]);
      bytes = 0;
    } else share.push({ path, sessionId });
    bytes += size;
  }
  return all;
}

function isContinued(answer: ScanAnswer): answer is Extract<ScanAnswer, { outcome: "grown" }> {
  return answer.outcome === "grown" && answer.isContinued;
}
