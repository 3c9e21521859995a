/** Newer than the language level of this project's types; every supported runtime has both. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(source: string): unknown;
}

const exactJson = JSON as unknown as ExactJson;

/**
 * JSON of somebody else that is to be written again: a number that a double cannot hold keeps its digits, as an object
 * that `JSON.stringify` writes as they were. Throws what `JSON.parse` throws, and a RangeError for absurdly deep nesting.
 */
export function parseExactly(text: string): unknown {
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
  );
}
