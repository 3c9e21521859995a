/**
 * The targets of a makefile as far as its text alone shows them: nothing is expanded, included or run. Pattern rules,
 * names made of variables, special targets (`.PHONY`) and hidden ones are no targets to name on a command line.
 * The text may be hostile, so every step is linear in its length.
 */
import type { Target } from "./project-targets.ts";

/** Names in order; a target of several rules is one, with the first description found. */
export function parseMakefile(text: string): Target[] {
  const targets = new Map<string, string | undefined>();
  let comments: string[] = [];
  for (const line of logicalLines(text)) {
    if (line.startsWith("#")) {
      comments.push(line.replace(/^#+/u, "").trim());
      continue;
    }
    const rule = parseRule(line);
    // `.PHONY: x` between a comment and its rule is a usual way to write both.
    if (rule !== undefined && rule.names.length === 0) continue;
    const description = rule?.comment ?? (comments.length === 0 ? undefined : comments.join(" "));
    for (const name of rule?.names ?? []) targets.set(name, targets.get(name) ?? description);
    comments = [];
  }
  return [...targets].map(([name, description]) => ({ name, description }));
}

/** Lines outside recipes and `define`s, continued ones joined; an empty line where one of those stood. */
function* logicalLines(text: string): Generator<string> {
  let parts: string[] = [];
  let defines = 0;
  for (const raw of text.split(/\r?\n/u)) {
    const continued = isContinued(raw);
    parts.push(continued ? raw.slice(0, -1) : raw);
    if (continued) continue;
    const line = parts.length === 1 ? raw : parts.map((part, index) => (index === 0 ? part : part.trim())).join(" ");
    parts = [];
    const word = /^ *(?:override +)?(define|endef)\b/u.exec(line)?.[1];
    if (word === "define") defines += 1;
    if (word === "endef") defines = Math.max(0, defines - 1);
    yield word !== undefined || defines > 0 || line.startsWith("\t") ? "" : line;
  }
}

/** An odd number of backslashes at the end joins the next line. */
function isContinued(line: string): boolean {
  let start = line.length;
  while (start > 0 && line.charAt(start - 1) === "\\") start -= 1;
  return (line.length - start) % 2 === 1;
}

const directive = /^ *(?:-?include|sinclude|-?load|vpath|ifn?eq|ifn?def|else|endif|export|unexport|undefine)(?![\w-])/u;
const assignment = /^\s*(?:(?:override|export|private)\s+)*[^\s:=]+\s*(?::{0,3}|[?+!])=/u;

interface Rule {
  /** Of those that can be named; the others are left out. */
  readonly names: readonly string[];
  /** Undefined where the rule's own line has none. */
  readonly comment: string | undefined;
}

function parseRule(line: string): Rule | undefined {
  if (assignment.test(line)) return undefined;
  const { code, comment } = splitComment(line);
  const colon = findColon(code);
  // A directive's word may also be the name of a target: `export:`.
  if (colon === -1 || (directive.test(code) && code.slice(0, colon).trim().includes(" "))) return undefined;
  // A variable of one target alone (`a: X = 1`) makes no rule.
  if (assignment.test(code.slice(colon).replace(/^::?/u, ""))) return undefined;
  return { names: splitNames(code.slice(0, colon).replace(/&$/u, "")).filter(isTargetName), comment };
}

/** The comment of a rule's own line; none where a recipe follows on it, which is the shell's text. */
function splitComment(line: string): { readonly code: string; readonly comment: string | undefined } {
  const hash = /(?<!\\)#/u.exec(line)?.index ?? -1;
  const recipe = line.indexOf(";");
  if (hash === -1 || (recipe !== -1 && recipe < hash)) return { code: line, comment: undefined };
  const comment = line.slice(hash).replace(/^#+/u, "").trim();
  return { code: line.slice(0, hash), comment: comment === "" ? undefined : comment };
}

/** The first colon that is neither inside `$(…)` or `${…}` nor behind a backslash; -1 where `=` comes before it. */
function findColon(code: string): number {
  let depth = 0;
  for (let index = 0; index < code.length; index += 1) {
    const char = code.charAt(index);
    if (char === "\\") index += 1;
    else if (char === "(" || char === "{") depth += 1;
    else if (char === ")" || char === "}") depth = Math.max(0, depth - 1);
    else if (depth === 0 && char === ":") return index;
    else if (depth === 0 && char === "=") return -1;
  }
  return -1;
}

/** Splits at white space that no backslash protects; a backslash before white space, `:`, `#` or `\` falls away. */
function splitNames(text: string): string[] {
  const names: string[] = [];
  let name = "";
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === "\\" && /[\s:#\\]/u.test(text.charAt(index + 1))) {
      index += 1;
      name += text.charAt(index);
    } else if (char !== " " && char !== "\t") name += char;
    else if (name !== "") {
      names.push(name);
      name = "";
    }
  }
  return name === "" ? names : [...names, name];
}

/** `=` would make it a variable on make's command line. */
function isTargetName(name: string): boolean {
  return !/[%$()=]/u.test(name) && !(name.startsWith(".") && !name.includes("/"));
}
