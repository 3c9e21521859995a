import type { LogMessage } from "../session.ts";
import type { DraftMessage } from "./log-builder.ts";
import { indexOfPrint, printOf } from "./print-row.ts";

export interface DraftSources {
  /** Of the log that stands before what was read, or of all of it. */
  readonly idPrints: string;
  isOwnPrompt(id: string): boolean;
  /** Looks in the file for records that are not in the log. */
  findAncestors(ids: readonly string[]): Promise<Record<string, string | null>>;
}

/** Messages with what could not be told from the lines around them: ancestors far before, and which prompts are ours. */
export async function draftMessages(
  drafts: readonly DraftMessage[],
  sources: DraftSources,
): Promise<readonly LogMessage[]> {
  const sought = new Set<string>();
  const ancestors = new Map<string, string | null>();
  for (const draft of drafts) if (draft.sought !== undefined) sought.add(draft.sought);
  for (const id of sought) {
    // In the log: then it is the ancestor itself. Else it is a record that was dropped, or none.
    if (indexOfPrint(sources.idPrints, printOf(id)) === -1) continue;
    ancestors.set(id, id);
    sought.delete(id);
  }
  if (sought.size > 0) {
    for (const [id, ancestor] of Object.entries(await sources.findAncestors([...sought]))) ancestors.set(id, ancestor);
  }
  return drafts.map(({ message, sought: id }) => {
    const { promptId, ...rest } = message;
    const found: LogMessage = id === undefined ? rest : { ...rest, parentId: ancestors.get(id) ?? null };
    return promptId !== undefined && sources.isOwnPrompt(promptId) ? { ...found, promptId } : found;
  });
}
