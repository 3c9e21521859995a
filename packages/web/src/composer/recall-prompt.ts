/**
 * The earlier prompt that an arrow key leads to: only from an empty box, or from an earlier prompt that was left as it is.
 * Undefined: the key is for the cursor.
 */
export function recallPrompt(text: string, earlier: readonly string[], step: 1 | -1): string | undefined {
  if (text === "") return step === -1 ? earlier.at(-1) : undefined;
  const at = earlier.lastIndexOf(text);
  if (at === -1) return undefined;
  const next = at + step;
  if (next < 0) return text;
  return earlier[next] ?? "";
}
