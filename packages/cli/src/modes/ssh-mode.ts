/** ssh-mode: whether a host can be reached without a question, and the tunnel to its server [CMD-ssh-mode-1]. */
import { join } from "node:path";
import type { CommandContext } from "../harness/context.ts";
import { usageError } from "../harness/usage.ts";
import type { Ending } from "../handlers/execution.ts";
import { OutputCapture } from "../handlers/output-capture.ts";
import { startRunLimit } from "../handlers/run-limit.ts";
import { runProgram } from "../handlers/run-program.ts";
import { cut, escapeText } from "../output/escape.ts";
import { attemptLimitMs, type ModeAnswer } from "./remote-mode.ts";
import { showTarget } from "./server-target.ts";
import { readSshHosts } from "./ssh-config-hosts.ts";
import { parseSshTarget, type SshTarget } from "./ssh-target.ts";

type SshContext = Pick<
  CommandContext,
  "childEnvironment" | "durationMs" | "monotonicMs" | "randomBytes" | "signal" | "userHome" | "workingDirectory"
>;

/** Of a Parlatory server, unless it was told otherwise. */
const serverPort = 7900;
const maxReasonLength = 200;

/** Errors: usage. Rejects with the signal's reason when that fires. */
export async function trySsh(context: SshContext, text: string, limitMs: number = attemptLimitMs): Promise<ModeAnswer> {
  const parsed = parseSshTarget(text, (word) => readSshHosts(join(context.userHome, ".ssh", "config")).has(word));
  if (parsed.type === "refused") throw usageError(`argument target: ${parsed.problem}`);
  const lines = (isConnected: boolean, detail: string): string[] => [
    "mode=ssh",
    `connected=${isConnected ? "True" : "False"}`,
    `detail=${detail}: ${showTarget(text)}`,
  ];
  if (parsed.type === "not_a_host") {
    const hint = `hint=to try it as a host all the same, give ssh://${showTarget(text)}`;
    return { lines: [...lines(false, "nothing was attempted"), hint], exitCode: 0 };
  }
  const { isConnected, detail } = await attempt(context, parsed.target, limitMs);
  return {
    lines: [...lines(isConnected, detail), `tunnel=${tunnelCommand(parsed.target)}`],
    exitCode: isConnected ? 0 : 1,
  };
}

async function attempt(
  context: SshContext,
  { destination, port }: SshTarget,
  limitMs: number,
): Promise<{ readonly isConnected: boolean; readonly detail: string }> {
  const capture = new OutputCapture();
  const startedAt = context.monotonicMs();
  const limit = startRunLimit(context, limitMs / 1000);
  try {
    const plan = {
      program: "ssh",
      arguments: [
        ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=5"],
        ...(port === undefined ? [] : ["-p", String(port)]),
        ...["--", destination, "true"],
      ],
      workingDirectory: context.workingDirectory,
      environment: context.childEnvironment(),
    };
    const ending = await runProgram(context, plan, { capture, limit });
    context.signal.throwIfAborted();
    const isConnected = ending.type === "exited" && ending.exitCode === 0;
    const detail = isConnected
      ? `connected in ${context.durationMs(startedAt)} ms`
      : describe(ending, capture.read().text, limitMs);
    return { isConnected, detail };
  } finally {
    limit.close();
  }
}

function describe(ending: Ending, output: string, limitMs: number): string {
  if (ending.type === "not_started") return `ssh was not started, ${ending.reason}`;
  if (ending.type === "stopped") return `no answer within ${limitMs} ms`;
  // What ssh says last is why it gave up.
  const said = output.trimEnd().split(/\r?\n/u).at(-1)?.trim() ?? "";
  if (said !== "") return cut(escapeText(said), maxReasonLength);
  return ending.type === "exited" ? `ssh ended with exit code ${ending.exitCode}` : "ssh was ended by a signal";
}

function tunnelCommand({ destination, port }: SshTarget): string {
  const words = ["ssh", "-N", "-L", `${serverPort}:127.0.0.1:${serverPort}`];
  if (port !== undefined) words.push("-p", String(port));
  return [...words, "--", shellWord(destination)].join(" ");
}

/** A command line is there to be copied into a shell. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:/@%+=-]+$/u.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
