import type { ErrorKind } from "@parlatory/protocol";
import { quoteValue } from "../output/escape.ts";
import type { Ending } from "./execution.ts";

/** What is said of a run that did not succeed; `signal`: the one this process got, if it got one. */
export interface RunFailure {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly target: string;
  readonly hint?: string | undefined;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

export interface FailureSubject {
  readonly kind: "command" | "tool";
  readonly name: string;
  readonly timeoutSeconds: number;
  readonly signal: string | null;
}

/** Undefined for a run that ended with 0. */
export function describeRunFailure(ending: Ending, subject: FailureSubject): RunFailure | undefined {
  const { kind, name, timeoutSeconds, signal } = subject;
  const what = `${kind} ${quoteValue(name)}`;
  switch (ending.type) {
    case "exited":
      if (ending.exitCode === 0) return undefined;
      return { kind: "execution_failed", target: name, message: `${what} ended with exit code ${ending.exitCode}` };
    case "signalled":
      return { kind: "execution_failed", target: name, message: `${what} was ended by ${ending.signal}` };
    case "not_started":
      return describeNotStarted(ending, what, name);
    case "mcp_failed":
      return {
        kind: "mcp_failed",
        target: ending.server,
        message: `${what} got no answer from the MCP server ${quoteValue(ending.server)}: ${ending.reason}`,
      };
    case "stopped":
      if (ending.by === "limit") {
        return {
          kind: "execution_timeout",
          target: name,
          message: `${what} had not ended after ${timeoutSeconds} s; it and all its processes were ended`,
        };
      }
      return {
        kind: "interrupted",
        target: name,
        message: `ended by ${signal ?? "a signal"} before ${what} had ended`,
        detail: { signal },
      };
  }
}

function describeNotStarted(
  { program, reason, errno }: Ending & { readonly type: "not_started" },
  what: string,
  name: string,
): RunFailure {
  if (errno === "E2BIG") {
    return {
      kind: "invalid_payload",
      target: name,
      message: `${what} cannot be given an input as long as this: the system does not take it on a command line`,
      hint: "give a shorter one, or put it into a file and name that",
    };
  }
  return {
    kind: "execution_failed",
    target: name,
    message: `${what} was not started: ${quoteValue(program)}: ${reason}`,
    hint: `install ${quoteValue(program)} and see that it is on PATH`,
  };
}
