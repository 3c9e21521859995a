/**
 * A text with what was understood since the start at its end. `before` is what stands there of it already; a person may have
 * written behind it meanwhile, and then only what is new comes on top.
 */
export function insertTranscript(text: string, before: string, now: string): string {
  if (now === before) return text;
  if (before !== "" && !text.endsWith(before)) {
    return now.startsWith(before) ? join(text, now.slice(before.length).trim()) : text;
  }
  return join(text.slice(0, text.length - before.length), now);
}

function join(text: string, addition: string): string {
  if (addition === "") return text;
  return text === "" || /\s$/u.test(text) ? text + addition : `${text} ${addition}`;
}
