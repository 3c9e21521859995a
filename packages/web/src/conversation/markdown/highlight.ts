/** Colours of code, loaded when the first block of code is shown. */
import { common, createLowlight } from "lowlight";

export interface CodeSpan {
  readonly text: string;
  /** What it is in its language, as one word; undefined for what has no colour. */
  readonly sort: string | undefined;
}

interface CodeNode {
  readonly type: string;
  readonly value?: unknown;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly CodeNode[];
}

const lowlight = createLowlight(common);

/** The spans of a code, in order; undefined when its language is not known here. */
export function highlight(code: string, language: string): readonly CodeSpan[] | undefined {
  if (!lowlight.registered(language)) return undefined;
  const spans: CodeSpan[] = [];
  collect(lowlight.highlight(language, code), undefined, spans);
  return spans;
}

function collect(node: CodeNode, sort: string | undefined, spans: CodeSpan[]): void {
  if (node.type === "text") {
    spans.push({ text: String(node.value), sort });
    return;
  }
  const names = node.properties?.className;
  const name: unknown = Array.isArray(names) ? names[0] : undefined;
  const own = typeof name === "string" ? name.replace(/^hljs-/u, "") : sort;
  for (const child of node.children ?? []) collect(child, own, spans);
}
