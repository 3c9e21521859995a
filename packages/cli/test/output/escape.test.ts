import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, escapeBody, escapeOutput, escapeText, quoteValue } from "../../src/output/escape.ts";
import { createStyle, wantsColour } from "../../src/output/style.ts";

test("[CLI-2] escaped text of a peer is one line without any control character", () => {
  expect(escapeText("a\u001b[31m\r\n\tb\u0000\u009b\u2028\u202ec")).toBe(
    "a\\x1b[31m\\r\\n\\tb\\x00\\x9b\\u2028\\u202ec",
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(escapeText(text)).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
  );
});

test("[CLI-2] an escaped body keeps its line breaks and tabs, and nothing else", () => {
  expect(escapeBody("a\n\tb\r\u001b[2J")).toBe("a\n\tb\\r\\x1b[2J");
});

test("[CLI-2] output lets our colours through only where colours are on", () => {
  const text = `${createStyle(true).red("bad")} \u001b[2J`;

  expect(escapeOutput(text, true)).toBe("\u001b[31mbad\u001b[39m \\x1b[2J");
  expect(escapeOutput(text, false)).toBe("\\x1b[31mbad\\x1b[39m \\x1b[2J");
  expect(createStyle(false).red("bad")).toBe("bad");
});

test.each([
  [true, undefined, "xterm", true],
  [true, "", undefined, true],
  [true, "1", "xterm", false],
  [true, undefined, "dumb", false],
  [false, undefined, "xterm", false],
])("[CLI-2] [ARG-13] terminal %s, NO_COLOR %s, TERM %s: colours %s", (isTerminal, noColor, term, wanted) => {
  expect(wantsColour({ isTerminal, noColor, term })).toBe(wanted);
});

test("[ERR-2] cutting counts characters, not halves of them, and ends in an ellipsis", () => {
  expect(cut("abc", 3)).toBe("abc");
  expect(cut("abcd", 3)).toBe("ab…");
  expect(cut("😀😀😀", 3)).toBe("😀😀😀");
  expect(cut("😀😀😀😀", 3)).toBe("😀😀…");
  expect(quoteValue("x".repeat(201))).toHaveLength(202);
});
