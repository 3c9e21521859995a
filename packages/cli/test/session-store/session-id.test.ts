import fc from "fast-check";
import { expect, test } from "vitest";
import { CommandError } from "../../src/harness/error.ts";
import { assertSessionId, isSessionId } from "../../src/session-store/session-id.ts";

test.each([
  "a",
  "0",
  "A-b_c.9",
  "a".repeat(128),
  "0123456789abcdef0123456789abcdef",
  "a.b",
  "console",
  "com",
  "comx",
  "lpt",
  "nullable",
])("[SES-2] '%s' can name a session", (id) => {
  expect(isSessionId(id)).toBe(true);
});

test.each([
  ["empty", ""],
  ["129 characters", "a".repeat(129)],
  ["a leading dot", ".a"],
  ["a leading dash", "-a"],
  ["a leading underscore", "_a"],
  ["a final dot", "a."],
  ["two dots", "a..b"],
  ["only two dots", ".."],
  ["a parent directory", "../x"],
  ["a slash", "a/b"],
  ["an absolute path", "/etc/passwd"],
  ["a backslash", String.raw`a\b`],
  ["NUL", "a\0b"],
  ["a final line feed", "a\n"],
  ["a line feed inside", "a\nb"],
  ["a blank", "a b"],
  ["a letter beyond ASCII", "é"],
  ["a full-width letter", "ａ"],
  ["con", "con"],
  ["NUL of Windows, in capitals", "NUL"],
  ["a device with an extension", "aux.txt"],
  ["a numbered device", "COM1"],
  ["a numbered device with two extensions", "lpt9.tar.gz"],
])("[SES-2] [FI-5] %s cannot", (_what, id) => {
  expect(isSessionId(id)).toBe(false);
  expect(() => assertSessionId(id)).toThrow(CommandError);
});

test("[SES-2] whatever passes is a name inside its directory, with nothing a shell or a file system reads otherwise", () => {
  const pieces = fc.constantFrom(".", "..", "/", "\\", "-", "a", "A", "0", "_", "con", "nul", "\0", "\n", "é");
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 8 }), (parts) => {
      const id = parts.join("");
      if (!isSessionId(id)) return;
      expect(id).toMatch(/^[A-Za-z0-9][\w.-]*$/);
      expect(id).not.toContain("..");
      expect(id.at(-1)).not.toBe(".");
    }),
  );
});
