import type { PromptResponse } from "@agentclientprotocol/sdk";
import { noUsage } from "../active-run.ts";
import { countAt, isRecord, type JsonRecord } from "../json-fields.ts";
import type { RunUsage } from "../session.ts";
import type { AcpQuirks } from "./acp-quirks.ts";

/** Tokens of one prompt from the answer to it, where the agent reports them; the field is not in the stable schema yet. */
export function acpUsage(answer: PromptResponse, quirks: AcpQuirks): RunUsage {
  const usage = (answer as JsonRecord)["usage"];
  if (!isRecord(usage)) return noUsage;
  const [input, output] = [countAt(usage, "inputTokens"), countAt(usage, "outputTokens")];
  if (input === undefined && output === undefined) return noUsage;
  const cacheReads = countAt(usage, "cachedReadTokens");
  const uncached =
    quirks.inputIncludesCacheReads === true ? Math.max(0, (input ?? 0) - (cacheReads ?? 0)) : (input ?? 0);
  const cacheWrites = countAt(usage, "cachedWriteTokens");
  return {
    source: "agent",
    inputTokens: uncached + (cacheWrites ?? 0),
    outputTokens: output ?? 0,
    cacheReadTokens: cacheReads ?? null,
    cacheWriteTokens: cacheWrites ?? null,
  };
}
