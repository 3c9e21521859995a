import { isRecord, recordAt, type JsonRecord } from "../json-fields.ts";

/**
 * What each result cost, from the running total that results tell ([PROMPT-16]). Newer versions count over the whole session,
 * resumes included, and say beside it what was used since the last result; older ones count one process. Nothing is
 * estimated: where the share of a result cannot be told, it is undefined.
 */
export class CostMeter {
  /** The total before the next result; undefined in a resumed session whose agent has told none yet. */
  #total: number | undefined;

  constructor(isResume: boolean) {
    this.#total = isResume ? undefined : 0;
  }

  /** In US dollars. Every result of the process is to be given, those of turns that are no run's too. */
  take(result: JsonRecord): number | undefined {
    const total = amountAt(result, "total_cost_usd");
    const before = this.#total;
    this.#total = total ?? before;
    if (total === undefined) return undefined;
    const told = costSinceLastResult(result);
    if (told !== undefined) return told;
    // A total that shrank was begun anew.
    if (before !== undefined) return total >= before ? total - before : total;
    return countsThisResultOnly(result) ? total : undefined;
  }
}

function costSinceLastResult(result: JsonRecord): number | undefined {
  const models = result["model_usage_since_last_result"];
  if (!isRecord(models)) return undefined;
  let sum = 0;
  for (const model of Object.values(models)) {
    const cost = isRecord(model) ? amountAt(model, "costUSD") : undefined;
    if (cost === undefined) return undefined;
    sum += cost;
  }
  return sum;
}

/** The totals of a resumed session begin with this process when they hold no more tokens than this result used. */
function countsThisResultOnly(result: JsonRecord): boolean {
  const used = recordAt(result, "usage");
  const models = Object.values(recordAt(result, "modelUsage")).filter(isRecord);
  const total = models.reduce((sum, model) => sum + (amountAt(model, "outputTokens") ?? 0), 0);
  return models.length > 0 && total === amountAt(used, "output_tokens");
}

function amountAt(record: JsonRecord, key: string): number | undefined {
  const value = record[key];
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
