import { execFile } from "node:child_process";

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs git with these words in a directory, without a shell. Rejects when it cannot be started or takes too long. */
export type Git = (directory: string, words: readonly string[]) => Promise<GitResult>;

/** What would make git look elsewhere than in the directory it is given. */
const redirections = new Set([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
]);
/** A large tree takes a while to be laid out. */
const TIMEOUT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export function createGit(environment: Readonly<Record<string, string | undefined>>): Git {
  const kept = Object.entries(environment).filter(([name]) => !redirections.has(name) && !name.startsWith("PARL_"));
  const env = { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", LC_ALL: "C" };
  return (directory, words) =>
    new Promise((resolve, reject) => {
      const options = { cwd: directory, env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true };
      execFile("git", words, options, (failure, stdout, stderr) => {
        const code = failure === null ? 0 : failure.code;
        if (typeof code === "number") resolve({ exitCode: code, stdout, stderr });
        else reject(new Error(`run git ${words[0]}: ${failure?.message ?? "it was ended"}`, { cause: failure }));
      });
    });
}
