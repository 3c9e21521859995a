/** The end of a prompt in the store: outcome, lock and message to the client in one ([PROMPT-12], [RDLV-1]). */
import type { PromptRow } from "../../store/remote-store.ts";
import type { PromptResult } from "../run-desk.ts";
import { encodePromptDocument, parsePromptDocument, parsePromptResult } from "./prompt-document.ts";
import { toOutcomeState } from "./prompt-outcome.ts";
import type { RunParts } from "./run-parts.ts";

/**
 * Returns the outcome that stands: this one, or an earlier one. Undefined when the lock was lost to another server, which
 * decides about the prompt now ([LOCK-3]).
 */
export async function finishPrompt(
  row: PromptRow,
  result: PromptResult,
  { store, steps, keeper }: Pick<RunParts, "store" | "steps" | "keeper">,
  releaseRunId?: string,
): Promise<PromptResult | undefined> {
  const outcomeJson = JSON.stringify(result);
  const { messageId, clientSessionId, finishedAt } = result;
  return steps.take("record the outcome of a prompt", async () => {
    if (releaseRunId !== undefined && keeper.isDoubtful(releaseRunId)) {
      const isOurs = await keeper.confirm(releaseRunId);
      if (!isOurs) return undefined;
    }
    const isFirst = await store.finishPrompt({
      promptId: row.promptId,
      state: toOutcomeState(result.ending),
      outcomeJson,
      finishedAt,
      releaseRunId,
      requestJson: withoutContent(row),
      delivery: { messageId, clientSessionId, documentJson: outcomeJson },
    });
    if (isFirst) return result;
    // Recorded before, by an attempt whose answer was lost or by another server: that one is told.
    const standing = await store.findPrompt(row.promptId);
    if (releaseRunId !== undefined) await store.releaseLease(row.sessionId, releaseRunId);
    return standing === undefined ? undefined : parsePromptResult(standing);
  });
}

/** A steered prompt ends with the run that took it up; it has no response of its own ([PROMPT-13]). */
export async function finishSteered(
  row: PromptRow,
  runId: string,
  { store, steps, clock }: Pick<RunParts, "store" | "steps" | "clock">,
): Promise<void> {
  await steps.take("record the outcome of a steered prompt", () =>
    store.finishPrompt({
      promptId: row.promptId,
      state: "steered",
      outcomeJson: JSON.stringify({ steeredInto: runId }),
      finishedAt: clock.now(),
      requestJson: withoutContent(row),
    }),
  );
}

/** What a repeated prompt is answered with is kept; its text and attachments are of no more use. */
function withoutContent(row: PromptRow): string {
  return encodePromptDocument({ ...parsePromptDocument(row), text: "", attachments: [] });
}
