/** The JSON form of a turn's output [TURN-14]. */
import type { PromptRouting, RunResult } from "@parlatory/agents";
import { countWords } from "@parlatory/protocol/words";
import { turnDefaults } from "./conversation.ts";

/** Stands in for lines that cannot be serialised. */
const retrySummary = ["structured output retry"];

const indented = (value: object): string => JSON.stringify(value, undefined, 2);

/**
 * `{"summary": LINES, "session_id": ID}` as indented JSON; a second attempt has another summary, and undefined tells that
 * it failed too. `serialise` throws for what it cannot serialise.
 */
export function structureOutput(
  lines: readonly string[],
  { sessionId, serialise = indented }: { readonly sessionId: string; readonly serialise?: (value: object) => string },
): string | undefined {
  let summary = lines;
  for (let attempt = 1; attempt <= turnDefaults.structuredRetryLimit; attempt += 1) {
    try {
      return serialise({ summary, session_id: sessionId });
    } catch {
      summary = retrySummary;
    }
  }
  return undefined;
}

export interface StructureOptions {
  readonly sessionId: string;
  readonly agent: string;
  /** What echo made its lines of: one of them holds the prompt, which may have several lines itself. */
  readonly echoed: { readonly prompt: string; readonly routing: PromptRouting } | undefined;
  readonly serialise?: (value: object) => string;
}

/** A finished run with its output in that form; words are counted again, tokens are the agent's own. */
export async function structureResult(result: RunResult, options: StructureOptions): Promise<RunResult> {
  const { agent, echoed } = options;
  const lines = echoed === undefined ? result.output.split(/\r?\n/) : await echoLines(echoed);
  const output = structureOutput(lines, options);
  if (output === undefined) {
    const { structuringFailed } = await import("./agent-failure.ts");
    return { ...result, outcome: "failed", output: "", error: structuringFailed(agent) };
  }
  if (result.usage.source !== "words") return { ...result, output };
  return { ...result, output, usage: { ...result.usage, outputTokens: countWords(output) } };
}

async function echoLines({ prompt, routing }: { readonly prompt: string; readonly routing: PromptRouting }) {
  const echo = await import("@parlatory/agents/echo");
  return echo.echoLines(prompt, routing);
}
