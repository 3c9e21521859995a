/**
 * The public recipes of a justfile as far as its text alone shows them: nothing is evaluated, imported or run. Private
 * recipes (`_name`, `[private]`), aliases, settings and modules are left out.
 */
import type { Target } from "./project-targets.ts";
import { UnusableSource } from "./read-source.ts";

/** Names in order; of a recipe given twice the later description counts. */
export function parseJustfile(text: string): Target[] {
  const targets = new Map<string, string | undefined>();
  let description: string | undefined;
  let doc: string | undefined;
  let isPrivate = false;
  for (const { raw, code } of statements(text)) {
    if (raw.startsWith("#")) description = raw.replace(/^#+/u, "").trim();
    else if (raw.startsWith("[")) {
      doc = readDoc(raw) ?? doc;
      isPrivate ||= /[[,]\s*private\s*[\],]/u.test(code);
    } else {
      const name = recipeName(code);
      if (name !== undefined && !isPrivate && !name.startsWith("_")) targets.set(name, doc ?? description);
      description = undefined;
      doc = undefined;
      isPrivate = false;
    }
  }
  return [...targets].map(([name, description]) => ({ name, description }));
}

interface Statement {
  readonly raw: string;
  /** Without what is quoted and without comments, so that its marks mean what they say. */
  readonly code: string;
}

/** What begins at the margin, each with the lines that an open quotation or a final backslash makes part of it. */
function* statements(text: string): Generator<Statement> {
  let raw: string[] = [];
  let code = "";
  let quote = "";
  for (const line of text.split(/\r?\n/u)) {
    // The body of a recipe.
    if (raw.length === 0 && /^[ \t]/u.test(line)) continue;
    raw.push(line);
    const stripped = stripQuotations(line, quote);
    code += stripped.code;
    quote = stripped.quote;
    if (quote !== "" || stripped.code.endsWith("\\")) continue;
    yield { raw: raw.join("\n"), code };
    raw = [];
    code = "";
  }
  if (raw.length > 0) throw new UnusableSource("a quotation in it is not closed");
}

/** `quote` is the mark of a quotation that is still open, empty outside of any: before the line, and in the answer after it. */
function stripQuotations(line: string, quote: string): { readonly code: string; readonly quote: string } {
  let open = quote;
  let code = "";
  let index = 0;
  while (index < line.length) {
    const char = line.charAt(index);
    let width = 1;
    if (open === "") {
      if (char === "#") break;
      if (char === "'" || char === '"' || char === "`") {
        open = line.startsWith(char.repeat(3), index) ? char.repeat(3) : char;
        width = open.length;
      } else code += char;
    } else if (open.startsWith('"') && char === "\\") width = 2;
    else if (line.startsWith(open, index)) {
      width = open.length;
      open = "";
    }
    index += width;
  }
  return { code, quote: open };
}

/** The name before parameters and a colon; undefined for assignments (`:=`) and everything else. */
function recipeName(code: string): string | undefined {
  const colon = code.indexOf(":");
  if (colon === -1 || code.charAt(colon + 1) === "=") return undefined;
  return /^@?([A-Za-z_][A-Za-z0-9_-]*)(?=[\s:])/u.exec(code)?.[1];
}

function readDoc(attributes: string): string | undefined {
  const found = /\bdoc\s*[(:]\s*(?:'([^']*)'|"((?:\\.|[^"\\])*)")/u.exec(attributes);
  return found?.[1] ?? found?.[2]?.replaceAll(/\\(.)/gu, "$1");
}
