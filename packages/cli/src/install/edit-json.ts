/**
 * Changes one part of a JSON text and leaves every other byte alone: order and spelling of keys, numbers too long for a
 * double, indentation, the final line break. Pure; each function takes a text and gives a text that parses.
 */
import { parseJsonSpans, type ArraySpan, type JsonSpan, type ObjectSpan } from "./json-spans.ts";

/** Keys of objects and indexes of arrays, from the root. */
export type JsonPath = readonly (string | number)[];

/** Puts `value` at `path`, making the objects on the way; what stood there is replaced. Raises Error where the way is blocked. */
export function setAt(text: string, path: JsonPath, value: unknown): string {
  const root = parseJsonSpans(text);
  let node = root;
  for (const [depth, step] of path.entries()) {
    const child = childOf(node, step);
    if (child === undefined) {
      if (node.kind !== "object" || typeof step !== "string") {
        throw new Error(`no place for '${step}' in the JSON text`);
      }
      const nested = path.slice(depth + 1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
      return insert(text, node, depth, unitOf(text, root), nested, step);
    }
    node = child;
  }
  return replace(text, node.start, node.end, write(text, node, path.length, unitOf(text, root), value));
}

/** Adds `value` as the last item of the array at `path`, which must exist. */
export function appendAt(text: string, path: JsonPath, value: unknown): string {
  const root = parseJsonSpans(text);
  const node = find(root, path);
  if (node?.kind !== "array") throw new Error(`no array at '${path.join(".")}' in the JSON text`);
  return insert(text, node, path.length, unitOf(text, root), value);
}

/** Takes out the member or item at `path`; nothing there changes nothing. */
export function removeAt(text: string, path: JsonPath): string {
  const root = parseJsonSpans(text);
  const parent = find(root, path.slice(0, -1));
  const last = path.at(-1);
  if (parent === undefined || parent.kind === "scalar" || last === undefined) return text;
  const spans = childSpans(parent);
  const index = typeof last === "number" ? last : parent.kind === "object" ? lastIndexOf(parent, last) : -1;
  const span = spans[index];
  if (span === undefined) return text;
  const previous = spans[index - 1];
  const next = spans[index + 1];
  if (next !== undefined) return replace(text, span.start, next.start, "");
  if (previous !== undefined) return replace(text, previous.end, span.end, "");
  return replace(text, parent.start + 1, parent.end - 1, "");
}

function replace(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** Of equal keys the last one counts, as for `JSON.parse`. */
function lastIndexOf(node: ObjectSpan, key: string): number {
  return node.members.findLastIndex((member) => member.key === key);
}

function childOf(node: JsonSpan, step: string | number): JsonSpan | undefined {
  if (node.kind === "object" && typeof step === "string") return node.members[lastIndexOf(node, step)]?.value;
  if (node.kind === "array" && typeof step === "number") return node.items[step];
  return undefined;
}

function find(root: JsonSpan, path: JsonPath): JsonSpan | undefined {
  return path.reduce<JsonSpan | undefined>((node, step) => (node === undefined ? node : childOf(node, step)), root);
}

function childSpans(node: ObjectSpan | ArraySpan): { start: number; end: number }[] {
  if (node.kind === "array") return node.items.map(({ start, end }) => ({ start, end }));
  return node.members.map(({ start, value }) => ({ start, end: value.end }));
}

/** What one level is indented by; the empty string for a text on one line. */
function unitOf(text: string, root: JsonSpan): string {
  const first = root.kind === "scalar" ? undefined : childSpans(root)[0];
  if (first === undefined) return "  ";
  return /\n([ \t]*)$/.exec(text.slice(root.start, first.start))?.[1] ?? "";
}

/** A container written on one line stays on one line. */
function isOnOneLine(text: string, node: JsonSpan): boolean {
  const first = node.kind === "scalar" ? undefined : childSpans(node)[0];
  return first !== undefined && !text.slice(node.start, first.start).includes("\n");
}

function render(value: unknown, unit: string, depth: number): string {
  if (unit === "") return JSON.stringify(value);
  return JSON.stringify(value, null, unit).replaceAll("\n", `\n${unit.repeat(depth)}`);
}

function write(text: string, node: JsonSpan, depth: number, unit: string, value: unknown): string {
  return render(value, isOnOneLine(text, node) ? "" : unit, depth);
}

function insert(
  text: string,
  node: ObjectSpan | ArraySpan,
  depth: number,
  unit: string,
  value: unknown,
  key?: string,
): string {
  const oneLine = unit === "" || isOnOneLine(text, node);
  const head = key === undefined ? "" : `${JSON.stringify(key)}:${unit === "" ? "" : " "}`;
  const entry = head + render(value, oneLine ? "" : unit, depth + 1);
  const last = childSpans(node).at(-1);
  const lineBreak = oneLine ? "" : `\n${unit.repeat(depth + 1)}`;
  if (last !== undefined) {
    const separator = oneLine && unit !== "" ? ", " : `,${lineBreak}`;
    return replace(text, last.end, last.end, separator + entry);
  }
  const close = oneLine ? "" : `\n${unit.repeat(depth)}`;
  return replace(text, node.start + 1, node.end - 1, lineBreak + entry + close);
}
