/** Markdown as tokens, each text read once while it is among those looked at lately. */
import { Lexer, type Token } from "marked";

const MAX_KEPT = 300;
/** Signs of emphasis in one paragraph beyond which finding pairs takes the lexer seconds; no text has so many. */
const MAX_SIGNS = 600;
const kept = new Map<string, readonly Token[]>();

export function markdownTokens(text: string): readonly Token[] {
  const known = kept.get(text);
  if (known !== undefined) {
    kept.delete(text);
    kept.set(text, known);
    return known;
  }
  const tokens = read(text);
  kept.set(text, tokens);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return tokens;
}

function read(text: string): readonly Token[] {
  if (isKnotted(text)) return plain(text);
  try {
    return Lexer.lex(text, { gfm: true });
  } catch {
    // Nested deeper than the lexer can follow: nobody wrote that to be read as Markdown.
    return plain(text);
  }
}

function plain(text: string): readonly Token[] {
  return [{ type: "text", raw: text, text }];
}

function isKnotted(text: string): boolean {
  let signs = 0;
  let isCode = false;
  for (const line of text.split("\n")) {
    if (/^\s*(?:```|~~~)/u.test(line)) isCode = !isCode;
    if (isCode || line.trim() === "") signs = 0;
    else signs += line.match(/[*_~]/gu)?.length ?? 0;
    if (signs > MAX_SIGNS) return true;
  }
  return false;
}
