/** C0 and C1 controls, the separators that some terminals treat as line ends, and the bidirectional overrides. */
// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const unsafeExceptLayout = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
// eslint-disable-next-line no-control-regex
const colourSequence = /(\u001b\[[0-9;]*m)/;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return (
    named[character] ??
    (code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`)
  );
}

/**
 * Makes foreign text (a peer's name, a message, a value of the caller) safe to print on one line: every control
 * character becomes visible, so it can neither colour, move the cursor nor forge a second line [CLI-2].
 */
export function escapeText(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/** The same, keeping line breaks and tabs: for a body of several lines. */
export function escapeBody(text: string): string {
  return text.replace(unsafeExceptLayout, escapeCharacter);
}

/** The last net under all output of text mode: only our own colours pass, and only where colours are on [CLI-2]. */
export function escapeOutput(text: string, coloursAllowed: boolean): string {
  if (!coloursAllowed) return escapeBody(text);
  return text
    .split(colourSequence)
    .map((part, index) => (index % 2 === 1 ? part : escapeBody(part)))
    .join("");
}

const maxQuotedLength = 200;

/** Cuts to `max` characters (code points), the last of them `…` where something was cut [ERR-2]. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text.slice(0, 2 * max + 2)];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
}

/** A value of the caller inside a message: quoted, on one line, at most 200 characters [ERR-2]. */
export function quoteValue(value: string): string {
  return `'${cut(escapeText(value), maxQuotedLength)}'`;
}

/** The same without quotes, for a token that is named literally. */
export function showToken(value: string): string {
  return cut(escapeText(value), maxQuotedLength);
}
