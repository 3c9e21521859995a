/** What a prompt tells the echo agent of the remote to do [AGENT-15]. One that is no order in its whole form is echoed. */
export type EchoOrder =
  | { readonly type: "echo"; readonly text: string }
  | { readonly type: "sleep"; readonly ms: number; readonly text: string }
  | { readonly type: "steps"; readonly count: number; readonly ms: number; readonly text: string }
  | { readonly type: "ask"; readonly tool: string; readonly input: unknown; readonly text: string }
  | { readonly type: "fail"; readonly text: string }
  | { readonly type: "long"; readonly bytes: number }
  | { readonly type: "crash" };

const maxSleepMs = 2 ** 31 - 1;
const maxSteps = 10_000;
const maxReplyBytes = 64 * 2 ** 20;

type Reader = (rest: string) => EchoOrder | undefined;

const readers: Readonly<Record<string, Reader>> = {
  "/sleep": (rest) => {
    const [ms, text] = takeCount(rest, maxSleepMs);
    return ms === undefined ? undefined : { type: "sleep", ms, text };
  },
  "/steps": (rest) => {
    const [count, second] = takeCount(rest, maxSteps);
    const [ms, text] = takeCount(second, maxSleepMs);
    return count === undefined || ms === undefined ? undefined : { type: "steps", count, ms, text };
  },
  "/ask": (rest) => {
    const [tool, second] = takeWord(rest);
    const taken = takeJson(second);
    return tool === "" || taken === undefined ? undefined : { type: "ask", tool, input: taken.value, text: taken.rest };
  },
  "/fail": (text) => ({ type: "fail", text }),
  "/long": (rest) => {
    const [bytes] = takeCount(rest, maxReplyBytes);
    return bytes === undefined ? undefined : { type: "long", bytes };
  },
  "/crash": () => ({ type: "crash" }),
};

export function readEchoOrder(prompt: string): EchoOrder {
  const [word, rest] = takeWord(prompt);
  const reader = Object.hasOwn(readers, word) ? readers[word] : undefined;
  return reader?.(rest) ?? { type: "echo", text: prompt };
}

/** The text up to the first white space, and the text after that. */
function takeWord(text: string): [word: string, rest: string] {
  const end = text.search(/\s/u);
  return end === -1 ? [text, ""] : [text.slice(0, end), text.slice(end).trimStart()];
}

function takeCount(text: string, max: number): [count: number | undefined, rest: string] {
  const [word, rest] = takeWord(text);
  const count = /^\d{1,10}$/.test(word) ? Number(word) : undefined;
  return [count !== undefined && count <= max ? count : undefined, rest];
}

/** A JSON value, which may have white space in it, at the beginning of a text. */
function takeJson(text: string): { readonly value: unknown; readonly rest: string } | undefined {
  const end = endOfJson(text);
  try {
    return { value: JSON.parse(text.slice(0, end)), rest: text.slice(end).trimStart() };
  } catch {
    return undefined;
  }
}

function endOfJson(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]|\s/gsu)) {
    if ("[{".includes(token)) depth += 1;
    else if ("]}".includes(token)) depth -= 1;
    if (depth > 0) continue;
    return /\s/u.test(token) && token.length === 1 ? index : index + token.length;
  }
  return text.length;
}
