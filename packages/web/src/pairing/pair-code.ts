/** The one-time code for pairing: 8 characters of Crockford's base32, which has no I, L, O and U ([AUTH-6]). */

const codeLength = 8;
const groupLength = 4;

/** What was typed or pasted, as the code is written: `abcd efgh`, `ABCD-EFGH` and a whole link give `ABCD-EFGH`. */
export function formatPairCode(typed: string): string {
  const characters = withoutLink(typed)
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1")
    .slice(0, codeLength);
  if (characters.length <= groupLength) return characters;
  return `${characters.slice(0, groupLength)}-${characters.slice(groupLength)}`;
}

/** Of a code as `formatPairCode` gives it: nothing is missing, and every character can be one of a code. */
export function isWholePairCode(code: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/.test(code);
}

/** The code in the fragment of a link: `#<code>`, or `#code=<code>&…`; undefined when there is none. */
export function readCodeOfFragment(fragment: string): string | undefined {
  const text = fragment.replace(/^#/, "");
  const code = text.includes("=") ? new URLSearchParams(text).get("code") : text;
  return code === null || code === "" ? undefined : formatPairCode(code);
}

function withoutLink(typed: string): string {
  const hash = typed.indexOf("#");
  return hash === -1 ? typed : (readCodeOfFragment(typed.slice(hash)) ?? "");
}
