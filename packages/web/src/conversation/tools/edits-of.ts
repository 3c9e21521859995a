/** What an edit of a file replaces, as far as its call tells. */
import type { ToolStep } from "../timeline/timeline-row.ts";
import { lineDiff, type LineDiff } from "./line-diff.ts";
import { fieldsOf, textField } from "./tool-facts.ts";

const kept = new WeakMap<object, readonly LineDiff[]>();

/** The differences of each replacement; none for an input of another form. */
export function editsOf({ input }: ToolStep): readonly LineDiff[] {
  if (typeof input !== "object" || input === null) return [];
  const known = kept.get(input);
  if (known !== undefined) return known;
  const fields = fieldsOf(input);
  const edits = Array.isArray(fields["edits"]) ? fields["edits"].map(fieldsOf) : [fields];
  const diffs = edits.flatMap((edit) => {
    const before = textField(edit, "old_string");
    const after = textField(edit, "new_string") || textField(edit, "content") || textField(edit, "new_source");
    return before === "" && after === "" ? [] : [lineDiff(before, after)];
  });
  kept.set(input, diffs);
  return diffs;
}
