import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addHooks,
  addMcpServer,
  hasHooks,
  hasMcpServer,
  removeHooks,
  removeMcpServer,
} from "../../src/install/registration.ts";

const parl = "/home/ann/.parlatory/bin/parl";
const space = fc.constantFrom("", "  ", "\t");

const foreignHook = fc.record({
  type: fc.constant("command"),
  command: fc.oneof(fc.string(), fc.constantFrom("parlay hook", "/usr/bin/parl hooks", "echo parl hook")),
});
const group = fc.record(
  { matcher: fc.string(), hooks: fc.array(foreignHook, { minLength: 1, maxLength: 3 }) },
  { requiredKeys: ["hooks"] },
);
const event = fc.oneof(fc.constantFrom("Stop", "PostToolUse", "UserPromptSubmit", "PreToolUse", "0"), fc.string());
const hooks = fc.dictionary(event, fc.array(group, { minLength: 1, maxLength: 3 }), {
  minKeys: 1,
  noNullPrototype: true,
});
const others = fc.dictionary(
  fc.string().filter((name) => name !== "hooks" && name !== "mcpServers"),
  fc.jsonValue({ maxDepth: 3 }),
  { noNullPrototype: true },
);

/** What a program of today finds in the file, in the file's order. */
const settings = fc
  .tuple(others, fc.option(hooks, { nil: undefined }), space)
  .map(([rest, foreign, indent]) =>
    JSON.stringify({ ...rest, ...(foreign === undefined ? {} : { hooks: foreign }) }, null, indent),
  );
const mcpFile = fc
  .tuple(
    others,
    fc.option(
      fc.dictionary(
        fc.string().filter((name) => name !== "parlatory"),
        others,
        { minKeys: 1, noNullPrototype: true },
      ),
      { nil: undefined },
    ),
    space,
  )
  .map(([rest, servers, indent]) =>
    JSON.stringify({ ...rest, ...(servers === undefined ? {} : { mcpServers: servers }) }, null, indent),
  );

const parsed = (text: string): unknown => JSON.parse(text);

describe("hooks", () => {
  test("[CLI-8] [MCP-14] each event gets its command, behind what was there", () => {
    const before = `{\n  "hooks": {\n    "Stop": [\n      {\n        "hooks": [\n          { "type": "command", "command": "say done" }\n        ]\n      }\n    ]\n  }\n}\n`;
    const after = addHooks(before, parl);
    const command = (text: string) => ({ hooks: [{ type: "command", command: text }] });
    expect(parsed(after)).toEqual({
      hooks: {
        Stop: [command("say done"), command(`${parl} hook deliver --status idle`)],
        UserPromptSubmit: [command(`${parl} hook deliver --status working`)],
        PostToolUse: [command(`${parl} hook deliver`)],
      },
    });
    expect(hasHooks(after)).toBe(true);
    expect(removeHooks(after)).toBe(before);
  });

  test("[CLI-8] uninstall after install gives the same settings again, and hooks of others are never touched", () => {
    fc.assert(
      fc.property(settings, (before) => {
        expect(parsed(removeHooks(addHooks(before, parl)))).toEqual(parsed(before));
        expect(removeHooks(before)).toBe(before);
      }),
    );
  });

  test("[CLI-8] installing twice is installing once, and the keys keep their order", () => {
    fc.assert(
      fc.property(settings, (before) => {
        const once = addHooks(before, parl);
        expect(addHooks(once, parl)).toBe(once);
        const keys = Object.keys(parsed(before) as object);
        expect(Object.keys(parsed(once) as object).filter((key) => keys.includes(key))).toEqual(keys);
      }),
    );
  });

  test("[CLI-8] a hook of an earlier installation is brought up to date in its place", () => {
    const old = addHooks("{}", "/old/place/parl");
    const renewed = addHooks(old, parl);
    expect(renewed).toBe(old.replaceAll("/old/place/parl", parl));
  });

  test("[CLI-8] uninstall takes every hook that runs parl hook, in any event, and the keys this empties", () => {
    const before = {
      hooks: {
        SessionEnd: [{ hooks: [{ type: "command", command: "parl hook idle" }] }],
        Stop: [
          {
            matcher: "",
            hooks: [
              { type: "command", command: "a" },
              { type: "command", command: "x; parl hook idle" },
            ],
          },
          {
            hooks: [
              { type: "command", command: "parl hook deliver" },
              { type: "command", command: "/p/parl hook dnd" },
            ],
          },
          "something of a later version",
        ],
        Later: [],
      },
    };
    expect(parsed(removeHooks(JSON.stringify(before)))).toEqual({
      hooks: {
        Stop: [{ matcher: "", hooks: [{ type: "command", command: "a" }] }, "something of a later version"],
        Later: [],
      },
    });
  });

  test("[CLI-8] a path with blanks and quotes still reads parl hook, and the shell finds it", () => {
    const text = addHooks("{}", "/My Files/it's $HOME/parl");
    const commands = JSON.stringify(parsed(text));
    expect(commands).toContain(String.raw`/My\\ Files/it\\'s\\ \\$HOME/parl hook deliver --status idle`);
    expect(parsed(removeHooks(text))).toEqual({});
  });

  test.each(["[]", `{"hooks":[]}`, `{"hooks":{"Stop":{}}}`, `{"hooks":null}`])(
    "[CLI-8] %s is refused: it has something else where hooks belong",
    (text) => {
      expect(() => addHooks(text, parl)).toThrow(/should/);
    },
  );
});

describe("MCP server", () => {
  test("[CLI-8] the entry is parl mcp", () => {
    expect(parsed(addMcpServer("{}", parl))).toEqual({
      mcpServers: { parlatory: { type: "stdio", command: parl, args: ["mcp"] } },
    });
  });

  test("[CLI-8] uninstall after install gives the same file again, twice is once", () => {
    fc.assert(
      fc.property(mcpFile, (before) => {
        const once = addMcpServer(before, parl);
        expect(hasMcpServer(once)).toBe(true);
        expect(addMcpServer(once, parl)).toBe(once);
        expect(parsed(removeMcpServer(once))).toEqual(parsed(before));
        expect(removeMcpServer(before)).toBe(before);
      }),
    );
  });

  test("[CLI-8] an entry that is there keeps its other keys", () => {
    const before = `{"mcpServers":{"parlatory":{"env":{"A":"1"},"command":"parl"}}}`;
    expect(parsed(addMcpServer(before, parl))).toEqual({
      mcpServers: { parlatory: { env: { A: "1" }, command: parl, type: "stdio", args: ["mcp"] } },
    });
  });
});
