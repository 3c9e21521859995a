/**
 * The installed Claude Code: where it is, its version, and which options it has. What was learnt is kept until another program
 * stands in its place. It knows nothing of sessions.
 */
import { execFile } from "node:child_process";
import { agentEnvironment } from "../agent-environment.ts";
import { AgentError } from "../agent-error.ts";
import type { DriverHost } from "../driver.ts";
import { findClaude, type FoundClaude } from "./find-claude.ts";

/** The oldest one that the driver was tried with: it dedupes by message id, reports its state, and resumes ([AGENT-6]). */
const oldest: Version = [2, 1, 197];
/** From this one on a session is found from any directory; which earlier ones do so too is not known. */
const resumesElsewhere: Version = [2, 1, 329];
const timeoutMs = 15_000;

export const claudeInstallHint =
  "install it with `npm install -g @anthropic-ai/claude-code`, then run `claude` once to sign in";
const updateHint = "update it with `claude update` or `npm install -g @anthropic-ai/claude-code`";

type Version = readonly [major: number, minor: number, patch: number];

export interface ClaudeFacts {
  /** Absolute path of the program. */
  readonly path: string;
  readonly version: string;
  readonly canResumeElsewhere: boolean;
}

export class ClaudeInstallation {
  readonly #host: DriverHost;
  readonly #program: string | undefined;
  #facts: { readonly fingerprint: string; readonly facts: ClaudeFacts } | undefined;
  #help: { readonly fingerprint: string; readonly text: string } | undefined;

  /** `program`: its name on PATH or its path, instead of the search of [AGENT-4]. */
  constructor(host: DriverHost, program: string | undefined) {
    this.#host = host;
    this.#program = program;
  }

  /** @throws AgentError `engine_unavailable` when it is missing, does not answer, or is too old */
  async probe(signal?: AbortSignal): Promise<ClaudeFacts> {
    const { path, fingerprint } = this.#find();
    if (this.#facts?.fingerprint !== fingerprint) {
      const version = readVersion(path, await this.#ask(path, "--version", signal));
      const canResumeElsewhere = compare(version, resumesElsewhere) >= 0;
      this.#facts = { fingerprint, facts: { path, version: version.join("."), canResumeElsewhere } };
    }
    return this.#facts.facts;
  }

  /** Whether its help lists an option: an unknown one would end it ([AGENT-6]). */
  async hasOption(name: `--${string}`, signal?: AbortSignal): Promise<boolean> {
    const { path, fingerprint } = this.#find();
    if (this.#help?.fingerprint !== fingerprint) {
      this.#help = { fingerprint, text: await this.#ask(path, "--help", signal) };
    }
    return new RegExp(`(^|\\s)${name}(?![\\w-])`).test(this.#help.text);
  }

  #find(): FoundClaude {
    const search = findClaude(this.#host.environment, this.#program);
    if (search.ok) return search.found;
    const message = `start Claude Code: ${search.reason}; ${claudeInstallHint}`;
    throw unavailable(this.#program ?? "claude", message, claudeInstallHint);
  }

  #ask(path: string, question: "--version" | "--help", signal: AbortSignal | undefined): Promise<string> {
    const env = agentEnvironment(this.#host.environment);
    return new Promise((resolve, reject) => {
      execFile(path, [question], { env, timeout: timeoutMs, killSignal: "SIGKILL", signal }, (failure, stdout) => {
        if (failure === null) resolve(stdout);
        else if (signal?.aborted === true) reject(signal.reason as Error);
        else {
          const message = `ask '${path} ${question}': it failed or did not answer; ${claudeInstallHint}`;
          reject(unavailable(path, message, claudeInstallHint, failure));
        }
      });
    });
  }
}

function readVersion(path: string, output: string): Version {
  const [found, ...parts] = /^(\d+)\.(\d+)\.(\d+)/.exec(output.trim()) ?? [];
  if (found === undefined) {
    const message = `ask '${path} --version': expected a version, got '${output.trim()}'; ${claudeInstallHint}`;
    throw unavailable(path, message, claudeInstallHint);
  }
  const [major = 0, minor = 0, patch = 0] = parts.map(Number);
  const version: Version = [major, minor, patch];
  if (compare(version, oldest) < 0) {
    const message = `Claude Code ${found} is too old: expected at least ${oldest.join(".")}; ${updateHint}`;
    throw unavailable(path, message, updateHint);
  }
  return version;
}

function compare(a: Version, b: Version): number {
  return a.map((part, index) => part - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function unavailable(target: string, message: string, hint: string, cause?: unknown): AgentError {
  return new AgentError({ kind: "engine_unavailable", target, message, hint, cause });
}
