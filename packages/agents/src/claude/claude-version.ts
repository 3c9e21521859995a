import { execFile } from "node:child_process";
import { AgentError } from "../agent-error.ts";
import type { DriverHost } from "../driver.ts";

/** The oldest one that the driver was tried with: it dedupes by message id, reports its state, and resumes. */
const oldest = [2, 1, 197] as const;
const timeoutMs = 15_000;

export const claudeInstallHint =
  "install it with `npm install -g @anthropic-ai/claude-code`, then run `claude` once to sign in";
const updateHint = "update it with `claude update` or `npm install -g @anthropic-ai/claude-code`";

/**
 * Version of the installed Claude Code.
 * @throws AgentError `engine_unavailable` when it is missing, does not answer, or is too old
 */
export async function probeClaudeVersion(host: DriverHost, program: string, signal?: AbortSignal): Promise<string> {
  const output = await versionOutput(host, program, signal);
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(output.trim());
  if (found === null) {
    throw unavailable(
      program,
      `ask '${program} --version': expected a version, got '${output.trim()}'; ${claudeInstallHint}`,
      claudeInstallHint,
    );
  }
  const [version] = found;
  const parts = found.slice(1, 4).map(Number);
  const difference = parts.map((part, index) => part - (oldest[index] ?? 0)).find((value) => value !== 0) ?? 0;
  if (difference < 0) {
    throw unavailable(
      program,
      `Claude Code ${version} is too old: expected at least ${oldest.join(".")}; ${updateHint}`,
      updateHint,
    );
  }
  return version;
}

function versionOutput(host: DriverHost, program: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...host.environment };
    execFile(program, ["--version"], { env, timeout: timeoutMs, killSignal: "SIGKILL", signal }, (failure, stdout) => {
      if (failure === null) resolve(stdout);
      else if (signal?.aborted === true) reject(signal.reason as Error);
      else {
        const reason = failure.code === "ENOENT" ? "there is no such program on PATH" : "it failed or did not answer";
        const message = `ask '${program} --version': ${reason}; ${claudeInstallHint}`;
        reject(unavailable(program, message, claudeInstallHint, failure));
      }
    });
  });
}

function unavailable(target: string, message: string, hint: string, cause?: unknown): AgentError {
  return new AgentError({ kind: "engine_unavailable", target, message, hint, cause });
}
