import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../checkout.ts";

const text = readFileSync(join(root, "docs", "security.md"), "utf8");
/** What a reader of one line would see, without marks of the notation. */
const plain = text.replaceAll(/[*`_]/g, "").replaceAll(/\s+/g, " ");

/** The rows of the first table: who can read what, by the name of the thing. */
const rows = new Map(
  text
    .split("## Threats")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .map(([thing = "", broker = ""]) => [thing.replaceAll("`", ""), broker]),
);
const brokerOn = (thing: RegExp): string | undefined => [...rows].find(([name]) => thing.test(name))?.[1];

test.each([
  ["names", /\bnames\b/],
  ["groups", /\bgroups\b/],
  ["roles", /\broles\b/],
  ["status", /\bstatus\b/],
  ["summaries", /summaries/],
  ["cwd", /working directory/],
  ["host", /host name/],
  ["targets", /who wrote to whom/],
  ["sizes", /how much/],
  ["times", /\bwhen\b/],
  ["state", /shared state/],
  ["memory", /memories/],
  ["plaintext multicasts", /group message, plain/],
])("[CRYPTO-9] docs/security.md says that the broker can read %s", (_, thing) => {
  expect(brokerOn(thing)).toMatch(/^yes/);
});

test.each([
  ["direct text", /direct message/, /^no/],
  ["group_box text", /group message, encrypted \(groupbox|group message, encrypted/, /^no/],
  ["any secret key", /secret keys/, /^never/],
])("[CRYPTO-9] docs/security.md says that the broker cannot read %s", (_, thing, answer) => {
  expect(brokerOn(thing)).toMatch(answer);
});

test("[CRYPTO-9] [INV-5] docs/security.md says when the broker learns the root key, and only then", () => {
  expect(plain).toContain("so the root key stays out of the broker");
  expect(plain).toContain("The broker learns it when an older client joins");
  expect(plain).toContain("or when somebody opens the join link in a browser");
});

test("[CRYPTO-10] docs/security.md says what direct messages lack, and whose word a session key's owner is", () => {
  expect(plain).toMatch(/No forward secrecy\. Direct messages/);
  expect(plain).toMatch(/No signature on direct messages besides the box/);
  expect(plain).toMatch(/whose key that is, is the broker's word/);
  for (const rule of ["CRYPTO-9", "CRYPTO-10"]) expect(text).toContain(`[${rule}]`);
});
