/** The fixed rules of the echo peer: what a text asks for. Pure; `help.ts` of this folder explains the same rules. */
export type Instruction =
  | { readonly kind: "remember"; readonly text: string }
  | { readonly kind: "recall"; readonly query: string }
  | { readonly kind: "set"; readonly key: string; readonly value: unknown }
  | { readonly kind: "get"; readonly key: string }
  | {
      readonly kind: "when";
      readonly key: string;
      readonly value: unknown;
      readonly target: string;
      readonly text: string;
    }
  | { readonly kind: "say"; readonly target: string; readonly text: string }
  | { readonly kind: "peers" | "help" | "leave" }
  /** None of the rules. */
  | { readonly kind: "talk"; readonly text: string };

type Rule = readonly [RegExp, (groups: Readonly<Record<string, string>>) => Instruction];

const rules: readonly Rule[] = [
  [/^remember\s+(?<text>.+)$/isu, ({ text = "" }) => ({ kind: "remember", text })],
  [/^recall\s+(?<query>.+)$/isu, ({ query = "" }) => ({ kind: "recall", query })],
  [
    /^state set (?<key>[^\s=]+)\s*=\s*(?<value>.+)$/isu,
    ({ key = "", value = "" }) => ({ kind: "set", key, value: parseValue(value) }),
  ],
  [/^state get (?<key>\S+)$/iu, ({ key = "" }) => ({ kind: "get", key })],
  [/^what is (?<key>\S+?)\s*\?$/iu, ({ key = "" }) => ({ kind: "get", key })],
  [
    /^when (?<key>[^\s=]+)\s*=\s*(?<value>\S+|"[^"]*") say (?<target>\S+) (?<text>.+)$/isu,
    ({ key = "", value = "", target = "", text = "" }) => ({
      kind: "when",
      key,
      value: parseValue(value),
      target,
      text,
    }),
  ],
  [/^say (?<target>\S+) (?<text>.+)$/isu, ({ target = "", text = "" }) => ({ kind: "say", target, text })],
  [/^(?<word>peers|help|leave)$/iu, ({ word = "" }) => ({ kind: word.toLowerCase() as "peers" | "help" | "leave" })],
];

/** The first rule that fits; blanks around the text do not count. */
export function parseInstruction(text: string): Instruction {
  const trimmed = text.trim();
  for (const [pattern, make] of rules) {
    const groups = pattern.exec(trimmed)?.groups;
    if (groups !== undefined) return make(groups);
  }
  return { kind: "talk", text: trimmed };
}

/** JSON where it is JSON, else the text itself, as `parl state set` takes it. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
