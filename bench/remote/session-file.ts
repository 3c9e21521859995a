import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realisticConversation } from "../../packages/server/test/sessions/log/conversation.ts";

const TURNS = 40;
/** About the size of a text in a turn: tool results of a few kilobytes, prompts of the system beside them. */
const TEXT_BYTES = 1_500;

/** A large session file as Claude Code writes them, in a folder of its own. */
export class SessionFile {
  readonly folder = mkdtempSync(join(tmpdir(), "parl-bench-session-"));
  readonly sessionId = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
  readonly path = join(this.folder, `${this.sessionId}.jsonl`);
  readonly bytes: number;

  constructor(leastBytes: number) {
    const file = openSync(this.path, "w");
    let bytes = 0;
    for (let seed = 0; bytes < leastBytes; seed++) {
      const { text } = realisticConversation(TURNS, { seed, bytes: TEXT_BYTES, sessionId: this.sessionId });
      // Three of four sessions are in plain English: text outside of ASCII is dearer to decode for everybody.
      bytes += writeSync(file, seed % 4 === 0 ? text : text.replace(/[^\u0000-\u007f]+/g, "-"));
    }
    closeSync(file);
    this.bytes = bytes;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
