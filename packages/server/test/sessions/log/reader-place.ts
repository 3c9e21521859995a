import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { FileState, LogReader, ScanResult, SessionFile } from "../../../src/sessions/log/log-reader.ts";
import { ThreadLogReader, type ThreadLogReaderOptions } from "../../../src/sessions/log/thread-log-reader.ts";
import type { LogMessage } from "../../../src/sessions/session.ts";
import { HeldTime } from "../../support/held-time.ts";

export const SESSION = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";

/** A folder, a session file in it, and a reader; all of them are gone after the test. */
export class ReaderPlace {
  readonly folder = mkdtempSync(join(tmpdir(), "parl-log-"));
  readonly file: SessionFile;
  readonly time = new HeldTime();
  readonly reader: LogReader;

  constructor(options: Partial<ThreadLogReaderOptions> = {}) {
    this.file = { path: join(this.folder, `${SESSION}.jsonl`), sessionId: SESSION };
    this.reader = new ThreadLogReader({ scheduler: this.time, ...options });
    onTestFinished(async () => {
      await this.reader.close();
      rmSync(this.folder, { recursive: true });
    });
  }

  write(content: string | Buffer): void {
    writeFileSync(this.file.path, content);
  }

  append(content: string | Buffer): void {
    appendFileSync(this.file.path, content);
  }

  get mtimeMs(): number {
    return statSync(this.file.path).mtimeMs;
  }

  scan(from?: FileState, options: { atRest?: boolean; wantMessages?: boolean } = {}): Promise<ScanResult> {
    return this.reader.scan({ file: this.file, from, atRest: false, wantMessages: true, ...options });
  }

  /** The state of a file that has to be there. */
  async state(from?: FileState, options: { atRest?: boolean } = {}): Promise<FileState> {
    return stateOf(await this.scan(from, { ...options, wantMessages: false }));
  }

  /** All messages, as pages give them. */
  async pages(state: FileState): Promise<readonly LogMessage[]> {
    return this.reader.openPages(this.file, state).read(1, state.count);
  }
}

export function stateOf(result: ScanResult): FileState {
  if (result.outcome === "gone") throw new Error("the file is gone");
  return result.state;
}

export function messagesOf(result: ScanResult): readonly LogMessage[] {
  return result.outcome === "grown" ? result.messages : [];
}
