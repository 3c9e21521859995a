import { describe, expect, test } from "vitest";
import type { Peer } from "@parlatory/protocol";
import { resolveTarget, resolveTargets, splitMeshPrefix } from "../../src/names/resolve-target.ts";

const key = (start: string): string => start.padEnd(64, "0");
const ME = { pubkey: key("ee01") };

function peer(displayName: string, pubkey: string, changes: Partial<Peer> = {}): Peer {
  return {
    displayName,
    pubkey,
    groups: [],
    online: true,
    connected: true,
    memberId: "member",
    memberPubkey: key("ff"),
    host: "box",
    ...changes,
  };
}

const ada = peer("Ada Lovelace", key("aaaa1111aaaa"), { memberPubkey: key("1111111111") });
const bob = peer("bob", key("bbbb2222bbbb"), { host: "laptop" });
const bobby = peer("Bobby", key("bbbb2222cccc"));
const carol = peer("carol", key("cafe0001"), {
  online: false,
  connected: undefined as never,
  pubkey: key("d00d"),
  memberPubkey: key("d00d"),
});
const self = peer("self", ME.pubkey, { you: true });
const peers = [self, ada, bob, bobby, carol];

const target = (text: string, among: readonly Peer[] = peers): unknown => {
  const resolved = resolveTarget(text, among, ME);
  return resolved.ok ? resolved.targetSpec : resolved.code;
};

describe("[MCP-5] whom a text means", () => {
  test.each([
    [key("0123"), key("0123")],
    [key("0ABC"), key("0abc")],
    ["@ops", "@ops"],
    ["@all", "@all"],
    ["*", "*"],
    ["  *  ", "*"],
    ["ada lovelace", ada.pubkey],
    ["BOB", bob.pubkey],
    ["bbbb2222cc", bobby.pubkey],
    ["BBBB2222CC", bobby.pubkey],
    ["1111111111", ada.memberPubkey],
    ["lovelace", ada.pubkey],
    ["bobb", bobby.pubkey],
    ["Carol", carol.memberPubkey],
    ["#general", "channel_unsupported"],
    ["@", "bad_target"],
    ["@not a group", "bad_target"],
    ["self", "unknown_recipient"],
    ["carolina", "unknown_recipient"],
    ["", "unknown_recipient"],
    // A part of an offline member's name is not enough.
    ["caro", "unknown_recipient"],
    // Seven characters are no key prefix.
    ["aaaa111", "unknown_recipient"],
  ])("'%s' is %s", (text, expected) => {
    expect(target(text)).toBe(expected);
  });

  test("a whole name goes before a key prefix, and that before a part of a name", () => {
    const named = peer("bbbb2222b", key("9999"));
    expect(target("bbbb2222b", [...peers, named])).toBe(named.pubkey);
    const part = peer("x aaaa1111 x", key("8888"));
    expect(target("aaaa1111", [...peers, part])).toBe(ada.pubkey);
  });

  test("several candidates are ambiguous, with name, host and key prefix of each", () => {
    expect(resolveTarget("bbbb2222", peers, ME)).toEqual({
      ok: false,
      code: "ambiguous",
      message: "'bbbb2222' fits several: bob on laptop (bbbb2222bbbb), Bobby on box (bbbb2222cccc); use a key prefix",
      candidates: [
        { name: "bob", host: "laptop", keyPrefix: "bbbb2222bbbb", targetSpec: bob.pubkey },
        { name: "Bobby", host: "box", keyPrefix: "bbbb2222cccc", targetSpec: bobby.pubkey },
      ],
    });
    expect(target("bo")).toBe("ambiguous");
    expect(target("bob", [...peers, peer("Bob", key("7777"))])).toBe("ambiguous");
    expect(target("carol", [...peers, { ...carol, pubkey: key("d11d"), memberPubkey: key("d11d") }])).toBe("ambiguous");
  });

  test("among equals a connected session goes before one that is only held for its lease", () => {
    const dropped = peer("bob", key("7777"), { connected: false });
    expect(target("bob", [...peers, dropped])).toBe(bob.pubkey);
    expect(target("bob", [dropped])).toBe(dropped.pubkey);
  });

  test("nobody: the known names are said", () => {
    expect(resolveTarget("zoe", peers, ME)).toEqual({
      ok: false,
      code: "unknown_recipient",
      message: "nobody is called 'zoe'; known names: Ada Lovelace, bob, Bobby, carol",
      knownNames: ["Ada Lovelace", "bob", "Bobby", "carol"],
    });
  });

  test("duplicates in a list are merged under the first", () => {
    const answers = resolveTargets(["bob", bob.pubkey, "BOB", "*", "@all", "zoe", "zoe", "ada"], peers, ME);
    expect(answers.map(({ to }) => to)).toEqual(["bob", "*", "zoe", "ada"]);
  });

  test("a mesh prefix is the slug of a joined mesh and nothing else", () => {
    expect(splitMeshPrefix("work:bob", ["home", "work"])).toEqual({ slug: "work", target: "bob" });
    expect(splitMeshPrefix("work: @ops", ["work"])).toEqual({ slug: "work", target: "@ops" });
    expect(splitMeshPrefix("re: bob", ["work"])).toEqual({ slug: undefined, target: "re: bob" });
    expect(splitMeshPrefix("bob", ["work"])).toEqual({ slug: undefined, target: "bob" });
  });
});
