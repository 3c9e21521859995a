import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const FILES = 5_000;
const FOLDERS = 100;
const BYTES = 225 * 1e6;

/** A root with 5,000 session files in 100 folders, 225 MB together, of lines between 0.6 and 19 KB. */
export function makeSessionTree(): { root: string; folder: string; paths: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "parl-bench-sessions-"));
  const root = join(folder, "projects");
  const paths: string[] = [];
  for (let index = 0; index < FILES; index++) {
    const project = join(root, `-home-anna-project-${index % FOLDERS}`);
    if (index < FOLDERS) mkdirSync(project, { recursive: true });
    const path = join(project, `${uuidOf(index, 0)}.jsonl`);
    writeFileSync(path, sessionText(index, BYTES / FILES));
    paths.push(path);
  }
  return { root, folder, paths };
}

/** One record; ids tell file and line. */
export function recordLine(file: number, line: number, textBytes: number): string {
  const isPrompt = line % 6 === 1;
  const text = filler.slice(0, textBytes);
  return `${JSON.stringify({
    parentUuid: line > 1 ? uuidOf(file, line - 1) : null,
    isSidechain: false,
    type: isPrompt ? "user" : "assistant",
    message: isPrompt
      ? { role: "user", content: text }
      : {
          role: "assistant",
          model: "claude-opus-5-5",
          content: [{ type: "text", text }],
          stop_reason: "end_turn",
          usage: { input_tokens: 12, output_tokens: 7 },
        },
    uuid: uuidOf(file, line),
    timestamp: new Date(Date.UTC(2026, 2, 1) + file * 60_000 + line * 100).toISOString(),
    userType: "external",
    cwd: `/home/anna/project-${file % FOLDERS}`,
    sessionId: uuidOf(file, 0),
    version: "2.1.329",
    gitBranch: "main",
  })}\n`;
}

/** Lines as long as those of real sessions: many short ones, some of many kilobytes. */
export function sessionText(file: number, bytes: number): string {
  let text = "";
  for (let line = 1; text.length < bytes; line++) {
    text += recordLine(file, line, SIZES[(file + line) % SIZES.length] ?? 0);
  }
  return text;
}

function uuidOf(file: number, line: number): string {
  return `${file.toString(16).padStart(8, "0")}-0000-4000-8000-${line.toString(16).padStart(12, "0")}`;
}

const SIZES = [200, 900, 2_400, 400, 18_000, 600, 3_000, 1_200, 12_000, 300];
const filler = "the cart total was wrong because rounding happened twice, once per line and once per order; ".repeat(
  250,
);
