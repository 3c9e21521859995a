import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { executedSentence, rowSentence } from "../../src/handlers/mirrored-sentence.ts";
import { quoteText } from "../../src/handlers/quote-text.ts";

/** Any sequence of UTF-16 code units, lone surrogates included, with the special ones often. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "\n",
        "\r",
        "\t",
        " ",
        "\u0000",
        "\u0085",
        "\u00a0",
        "\u2028",
        "\ufeff",
        "\ud800",
      ),
      fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(""));

/** Reads a quoted text back, by the rules of the contract and not by those of the code. */
function unquote(quoted: string): string {
  const escape = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([nrt\\'"]))/gu;
  const simple: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
  return quoted
    .slice(1, -1)
    .replace(escape, (_all, byte?: string, unit?: string, code?: string, letter?: string) =>
      letter === undefined
        ? String.fromCodePoint(Number.parseInt(byte ?? unit ?? code ?? "", 16))
        : (simple[letter] ?? letter),
    );
}

describe("quoteText", () => {
  test.each([
    ["hello", "'hello'"],
    ["", "''"],
    ["it's", `"it's"`],
    [`say "hi"`, `'say "hi"'`],
    [`it's "so"`, `'it\\'s "so"'`],
    ["a\\b", "'a\\\\b'"],
    ["a\nb\rc\td", "'a\\nb\\rc\\td'"],
    ["\u0000\u001b\u007f\u0085\u00a0\u00ad", "'\\x00\\x1b\\x7f\\x85\\xa0\\xad'"],
    ["\u2028\u3000\ufeff\ue000\ud800", "'\\u2028\\u3000\\ufeff\\ue000\\ud800'"],
    ["\u{e0001}\u{f0000}\u{10ffff}", "'\\U000e0001\\U000f0000\\U0010ffff'"],
    ["é ü 漢字 😀 é", "'é ü 漢字 😀 é'"],
  ])("[CMD-exec-command-4] quotes %j", (text, expected) => {
    expect(quoteText(text)).toBe(expected);
  });

  test("[CMD-exec-command-4] is one printable line for any text, and reads back as that text", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const quoted = quoteText(text);
        expect(quoted.replaceAll(" ", "")).not.toMatch(/[\p{C}\p{Z}]/u);
        // Lone halves may meet in what is read back; compared as they were written.
        expect(unquote(quoted)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test("[CMD-exec-command-4] the closing quote is the first one without a backslash", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const quoted = quoteText(text);
        expect(quoted).toMatch(/^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")$/u);
        expect(quoted.startsWith('"')).toBe(text.includes("'") && !text.includes('"'));
      }),
    );
  });
});

describe("sentences", () => {
  const row = { name: "review", sourceHint: "commands/review/main" };

  test("[CMD-exec-command-2] tell what a mirrored row would handle", () => {
    const mirrored = { ...row, handler: undefined };
    expect(rowSentence("command", mirrored, "look at it")).toBe(
      "Mirrored command 'review' from commands/review/main would handle prompt 'look at it'.",
    );
    expect(rowSentence("tool", mirrored, "a\nb")).toBe(
      "Mirrored tool 'review' from commands/review/main would handle payload 'a\\nb'.",
    );
  });

  test("[CMD-bootstrap-4] say Runnable for a row with a handler", () => {
    expect(rowSentence("tool", { ...row, handler: { type: "shell" } }, "it's")).toBe(
      `Runnable tool 'review' from commands/review/main would handle payload "it's".`,
    );
  });

  test("[CMD-exec-command-2] tell how an executed row ended", () => {
    expect(executedSentence("command", row, { exitCode: 3, durationMs: 12 })).toBe(
      "Executed command 'review' from commands/review/main (exit 3, 12 ms)",
    );
  });
});
