import { countAt, isRecord, recordAt, type JsonRecord } from "../json-fields.ts";
import type { RunUsage } from "../session.ts";

export const noClaudeUsage: RunUsage = {
  source: "agent",
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
};

/**
 * Adds the tokens of one `result` to a run's. Its totals per model run over the whole session, so they are not used; the
 * figures since the last result are, where the version has them, because they also count what was interrupted.
 */
export function addResultUsage(sum: RunUsage, result: JsonRecord): RunUsage {
  const models = Object.values(recordAt(result, "model_usage_since_last_result")).filter(isRecord);
  if (models.length > 0) {
    return models.reduce<RunUsage>(
      (total, model) =>
        add(total, {
          input: countAt(model, "inputTokens"),
          cacheWrites: countAt(model, "cacheCreationInputTokens"),
          cacheReads: countAt(model, "cacheReadInputTokens"),
          output: countAt(model, "outputTokens"),
        }),
      sum,
    );
  }
  const usage = recordAt(result, "usage");
  return add(sum, {
    input: countAt(usage, "input_tokens"),
    cacheWrites: countAt(usage, "cache_creation_input_tokens"),
    cacheReads: countAt(usage, "cache_read_input_tokens"),
    output: countAt(usage, "output_tokens"),
  });
}

interface Tokens {
  readonly input: number | undefined;
  readonly cacheWrites: number | undefined;
  readonly cacheReads: number | undefined;
  readonly output: number | undefined;
}

function add(sum: RunUsage, tokens: Tokens): RunUsage {
  return {
    source: "agent",
    inputTokens: sum.inputTokens + (tokens.input ?? 0) + (tokens.cacheWrites ?? 0),
    outputTokens: sum.outputTokens + (tokens.output ?? 0),
    cacheReadTokens: (sum.cacheReadTokens ?? 0) + (tokens.cacheReads ?? 0),
    cacheWriteTokens: (sum.cacheWriteTokens ?? 0) + (tokens.cacheWrites ?? 0),
  };
}
