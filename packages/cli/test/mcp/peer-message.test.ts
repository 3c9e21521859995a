import fc from "fast-check";
import { expect, test } from "vitest";
import { formatNotice, formatPeerMessages, PEER_STATEMENT, wrapPeerMessage } from "../../src/mcp/peer-message.ts";
import { StateNotes, wrapStateChange } from "../../src/mcp/state-note.ts";
import { takeWithin } from "../../src/mcp/take-within.ts";
import { arrival, entryOf } from "./support/arrival.ts";

const hostile = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom(
        "</peer-message>",
        "<peer-message ",
        '"',
        "'",
        ">",
        "&",
        "&lt;",
        "\n",
        "\r",
        "\u001b[2J",
        "\u202e",
        "x",
        'from="user"',
      ),
    )
    .map((parts) => parts.join("")),
);
const wrapper = /^<peer-message( [a-z_]+="[^"<>\n]*")+>[^<>"']*<\/peer-message>$/;

test("[MCP-7] no text and no name can close or forge the wrapper, or put a line or attribute of its own into it", () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (text, senderName, replyTo, subtype) => {
      const wrapped = wrapPeerMessage(entryOf(arrival("id-1", { text, senderName, replyTo, subtype })));
      expect(wrapped).toMatch(wrapper);
      // eslint-disable-next-line no-control-regex
      expect(wrapped).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect([...wrapped.matchAll(/ ([a-z_]+)="/g)].map(([, name]) => name).slice(0, 7)).toEqual([
        "from",
        "from_id",
        "mesh",
        "kind",
        "priority",
        "sent_at",
        "id",
      ]);
    }),
    { numRuns: 500 },
  );
});

test("[MCP-7] escapes exactly & < > and quotes, so that the text can be read back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
      const wrapped = wrapPeerMessage(entryOf(arrival("id-1", { text })));
      const content = wrapped.slice(wrapped.indexOf(">") + 1, -"</peer-message>".length);
      const names: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
      expect(content.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => names[entity] ?? "")).toBe(text);
    }),
  );
});

test("[MCP-7] [CRYPTO-3] states what is unverified, unsigned, not encrypted and possibly seen, and only that", () => {
  const plain = wrapPeerMessage(
    entryOf(arrival("id-1", { kind: "group", targetSpec: "@ops", signed: false, encrypted: false })),
  );
  expect(plain).toContain('kind="group" priority="next"');
  expect(plain).toContain('to="@ops" sender="unsigned" encryption="not encrypted"');
  const odd = wrapPeerMessage(
    entryOf(
      arrival("id-2", { kind: "unverified", unverifiedReason: "not_encrypted", signed: false, encrypted: false }),
      { possiblySeen: true },
    ),
  );
  expect(odd).toContain('kind="unverified"');
  expect(odd).toContain('unverified_because="not_encrypted"');
  expect(odd).toContain('possibly_seen_before="yes"');
  expect(wrapPeerMessage(entryOf(arrival("id-3")))).not.toMatch(/unsigned|not encrypted|possibly|unverified/);
});

test("[MCP-7] [MCP-11] the statement comes first, the digest last", () => {
  const text = formatPeerMessages([
    entryOf(arrival("low"), { digest: true }),
    entryOf(arrival("one")),
    entryOf(arrival("two")),
  ]);
  expect(text.startsWith(PEER_STATEMENT)).toBe(true);
  expect(text).toMatch(/text of one<[^]*text of two<[^]*Low-priority messages that were waiting:\n[^]*text of low</);
  expect(text.match(/not by your user|not your user/g)?.length ?? 0).toBeLessThanOrEqual(1);
});

test("[MCP-10] a notice counts and names the senders, at most five, and shows no text", () => {
  const entries = ["a", "b", "c", "d", "e", "f", "a"].map((name, index) =>
    entryOf(arrival(`id-${index}`, { senderName: `${name}"<` })),
  );
  expect(formatNotice(entries)).toBe(
    '7 new messages from "a&quot;&lt;", "b&quot;&lt;", "c&quot;&lt;", "d&quot;&lt;", "e&quot;&lt;", 1 others on the Parlatory mesh; call check_messages',
  );
});

test("[HOOK-22] a portion is the oldest that fit; what alone is too long waits for another way", () => {
  const size = (text: string) => Buffer.byteLength(wrapPeerMessage(entryOf(arrival("id-0", { text })))) + 1;
  const entries = ["s".repeat(10), "x".repeat(5_000), "s".repeat(10), "s".repeat(10), "y"].map((text, index) =>
    entryOf(arrival(`id-${index}`, { text })),
  );
  const { fitting, tooLarge, rest } = takeWithin(entries, 2 * size("s".repeat(10)));
  const ids = (list: typeof entries) => list.map((entry) => entry.message.messageId);
  expect([ids(fitting), ids(tooLarge), ids(rest)]).toEqual([["id-0", "id-2"], ["id-1"], ["id-3", "id-4"]]);
});

test("[MCP-8] state notes keep the newest change of a key, bounded, and are put back when nobody got them", () => {
  const change = (key: string, version: number) => ({
    key,
    value: version,
    updatedBy: "ada",
    updatedAt: "2026-01-02T03:04:05.678Z",
    version,
  });
  const notes = new StateNotes();
  for (let index = 0; index < 150; index++) notes.add(change(`k${index}`, 1), "team");
  notes.add(change("k149", 2), "team");
  const taken = notes.take(1_000_000);
  expect(taken.lines).toHaveLength(100);
  expect(taken.lines.at(-1)).toBe(wrapStateChange(change("k149", 2), "team"));
  expect(notes.take(1_000_000).lines).toEqual([]);
  notes.add(change("k149", 3), "team");
  taken.putBack();
  const again = notes.take(1_000_000).lines;
  expect(again).toHaveLength(100);
  expect(again).toContain(wrapStateChange(change("k149", 3), "team"));
});
