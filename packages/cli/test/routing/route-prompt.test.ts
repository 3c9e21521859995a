import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CommandRow, Inventory, InventoryRow, ToolRow } from "../../src/inventory/inventory.ts";
import { routePrompt, tokensOf } from "../../src/routing/route-prompt.ts";
import { shownMatch } from "../../src/routing/shown-match.ts";

const row = (name: string, sourceHint = "", responsibility = "") => ({
  name,
  sourceHint,
  responsibility,
  handler: undefined,
});
const command = (...texts: Parameters<typeof row>): CommandRow => ({ ...row(...texts), kind: "builtin" });
const tool = (...texts: Parameters<typeof row>): ToolRow => ({ ...row(...texts), kind: "tool" });
const inventory = (commands: readonly CommandRow[], tools: readonly ToolRow[]): Inventory => ({
  source: "external",
  commands,
  tools,
});

const checkInventory = inventory(
  [
    command("review", "commands/review/main", "Reviews a change"),
    command("add-dir", "commands/add-dir/main", "Adds a directory"),
  ],
  [
    tool("BashTool", "tools/BashTool/run", "Runs a shell line"),
    tool("MCPTool", "tools/MCPTool/call", "Calls a server tool"),
  ],
);

const shown = (found: Inventory, prompt: string, limit: number): string[] =>
  routePrompt(found, prompt, limit).map(({ kind, row: { name }, score }) => `${kind} ${name} ${score}`);

describe("tokens", () => {
  test.each([
    ["fix add-dir/main", ["fix", "add", "dir", "main"]],
    ["Review REVIEW review", ["review"]],
    ["a-a/a A", ["a"]],
    ["what's, (up)?", ["what's,", "(up)?"]],
    ["the a I", ["the", "a", "i"]],
    [" \t\n", []],
    ["-/-", []],
    ["", []],
    ["ÄÖ ΣΑΣ", ["äö", "σας"]],
  ])("[RTE-1] of %j are %j", (prompt, tokens) => {
    expect(tokensOf(prompt)).toEqual(tokens);
  });

  test("[RTE-2] [FI-6] exactly these characters separate words", () => {
    const separators: number[] = [];
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      if (unit === 0x2f || unit === 0x2d) continue;
      if (tokensOf(`x${String.fromCharCode(unit)}y`).length === 2) separators.push(unit);
    }

    expect(separators).toEqual([
      ...[0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x85, 0xa0, 0x1680],
      ...[0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
      ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
    ]);
  });
});

describe("scores", () => {
  test("[RTE-3] a token counts once, in whichever of name, hint and responsibility it occurs, in any case", () => {
    const found = inventory([command("Alpha", "beta/ALPHA", "Gamma delta")], []);

    expect(shown(found, "ALPHA", 5)).toEqual(["command Alpha 1"]);
    expect(shown(found, "alp bet mma nothing", 5)).toEqual(["command Alpha 3"]);
    expect(shown(found, "nothing", 5)).toEqual([]);
  });

  test("[RTE-3] no token matches across two of a row's texts", () => {
    const found = inventory([command("ab", "cd", "ef")], []);

    expect(shown(found, "bc de abcd", 5)).toEqual([]);
  });

  test("[RTE-3] [FI-6] combining, right-to-left and astral characters match as they are, U+FEFF is one of a word", () => {
    const found = inventory([], [tool("e\u0301a", "\u05d0\u05d1", "\u{1f600}\ufeffx")]);

    expect(shown(found, "e\u0301 \u05d0 \u{1f600}\ufeffx", 5)).toEqual(["tool e\u0301a 3"]);
    expect(shown(found, "\u00e9", 5)).toEqual([]);
  });
});

describe("order", () => {
  test.each([
    ["review MCP tool", 5, ["command review 1", "tool MCPTool 2", "tool BashTool 1"]],
    ["review MCP tool", 1, ["command review 1"]],
    ["run bash ls", 5, ["tool BashTool 3", "tool MCPTool 1"]],
    ["hello", 5, []],
  ])("[RTE-7] %s with limit %i", (prompt, limit, expected) => {
    expect(shown(checkInventory, prompt, limit)).toEqual(expected);
  });

  test("[RTE-4] the best command and the best tool come first, then the rest by score, kind and name", () => {
    const found = inventory(
      [command("low", "x"), command("cc", "x y"), command("aa", "x y"), command("top", "x y z")],
      [tool("mid", "x y"), tool("best", "x y z"), tool("ab", "x y")],
    );

    expect(shown(found, "x y z", 9)).toEqual([
      ...["command top 3", "tool best 3"],
      ...["command aa 2", "command cc 2", "tool ab 2", "tool mid 2", "command low 1"],
    ]);
  });

  test("[RTE-4] names are ordered by code point, capitals first", () => {
    const names = ["b", "\u{1f600}", "\uff41", "B", "a"];
    const found = inventory(
      names.map((name) => command(name, "x")),
      [],
    );

    expect(routePrompt(found, "x", 9).map((match) => match.row.name)).toEqual(["B", "a", "b", "\uff41", "\u{1f600}"]);
  });

  test("[RTE-5] [HCOMPAT-1] rows of one name keep list order, and each its own hint", () => {
    const rows = [command("same", "x first"), command("same", "x second"), command("same", "x third")];
    const matches = routePrompt(inventory(rows, []), "x", 9);

    expect(matches.map((match) => match.row)).toEqual(rows);
    expect(matches.map((match) => shownMatch(match).source_hint)).toEqual(["x first", "x second", "x third"]);
  });

  test("[RTE-5] a limit of 1 gives the command, even below a better tool; 0 and less give none", () => {
    const found = inventory([command("c", "x")], [tool("t", "x y z")]);

    expect(shown(found, "x y z", 1)).toEqual(["command c 1"]);
    expect(shown(found, "x y z", 2)).toEqual(["command c 1", "tool t 3"]);
    expect([shown(found, "x", 0), shown(found, "x", -1)]).toEqual([[], []]);
  });

  test("[RTE-6] a match has four keys", () => {
    expect(routePrompt(checkInventory, "review", 5).map(shownMatch)).toEqual([
      { kind: "command", name: "review", score: 1, source_hint: "commands/review/main" },
    ]);
  });
});

/** Chapter 7 as it is written, one list at a time, without any of the implementation's parts. */
function routeNaively({ commands, tools }: Inventory, tokens: readonly string[], limit: number): InventoryRow[] {
  interface Scored {
    readonly row: InventoryRow;
    readonly score: number;
    readonly kind: number;
    readonly at: number;
  }
  const score = (rows: readonly InventoryRow[], kind: number): Scored[] =>
    rows
      .map((candidate, at) => {
        const texts = [candidate.name, candidate.sourceHint, candidate.responsibility].map((text) =>
          text.toLowerCase(),
        );
        return {
          row: candidate,
          kind,
          at,
          score: tokens.filter((token) => texts.some((text) => text.includes(token))).length,
        };
      })
      .filter((scored) => scored.score > 0);
  const points = (text: string): number[] => [...text].map((character) => character.codePointAt(0) ?? 0);
  const byName = (a: string, b: string): number => {
    const [left, right] = [points(a), points(b)];
    const at = left.findIndex((point, index) => point !== right[index]);
    return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
  };
  const best = (a: Scored, b: Scored): number => b.score - a.score || byName(a.row.name, b.row.name) || a.at - b.at;
  const [commandRows, toolRows] = [score(commands, 0).toSorted(best), score(tools, 1).toSorted(best)];
  const first = [...commandRows.slice(0, 1), ...toolRows.slice(0, 1)];
  const rest = [...commandRows.slice(1), ...toolRows.slice(1)].toSorted(
    (a, b) => b.score - a.score || a.kind - b.kind || byName(a.row.name, b.row.name) || a.at - b.at,
  );
  return [...first, ...rest].slice(0, limit).map((scored) => scored.row);
}

describe("properties", () => {
  const word = fc.constantFrom("a", "b", "ab", "x", "é", "\u{1f600}", "\uff41");
  const text = fc.array(word, { maxLength: 3 }).map((words) => words.join(" "));
  const rows = fc.array(fc.record({ name: text, sourceHint: text, responsibility: text }), { maxLength: 12 });
  const anyInventory = fc.record({ commands: rows, tools: rows }).map(({ commands, tools }) =>
    inventory(
      commands.map((texts) => command(texts.name, texts.sourceHint, texts.responsibility)),
      tools.map((texts) => tool(texts.name, texts.sourceHint, texts.responsibility)),
    ),
  );
  const tokens = fc.uniqueArray(word, { maxLength: 4 });
  const limit = fc.integer({ min: 0, max: 30 });

  test("[RTE-4] every inventory is routed as the chapter says", () => {
    fc.assert(
      fc.property(anyInventory, tokens, limit, (found, words, most) => {
        const routed = routePrompt(found, words.join(" "), most).map((match) => match.row);
        const expected = routeNaively(found, words, most);

        expect(routed).toHaveLength(expected.length);
        for (const [index, match] of routed.entries()) expect(match).toBe(expected[index]);
      }),
      { numRuns: 500 },
    );
  });

  test("[RTE-3] a prompt of thousands of words is scored as a short one is", () => {
    const many = Array.from({ length: 2000 }, (_, index) => `zz${index}zz`);
    fc.assert(
      fc.property(anyInventory, tokens, fc.nat({ max: 2000 }), (found, words, at) => {
        const short = routePrompt(found, words.join(" "), 30);
        const long = routePrompt(found, [...many.slice(0, at), ...words, ...many.slice(at)].join(" "), 30);

        expect(long).toEqual(short);
      }),
    );
    const found = inventory([command("zz7zz", "a zz1999zz b")], [tool("other")]);
    expect(shown(found, many.join(" "), 5)).toEqual(["command zz7zz 2"]);
  });

  test("[RTE-5] both kinds are there when both match and the limit allows two, and no row is there twice", () => {
    fc.assert(
      fc.property(anyInventory, tokens, fc.integer({ min: 2, max: 30 }), (found, words, most) => {
        const prompt = words.join("/");
        const matches = routePrompt(found, prompt, most);
        const all = routePrompt(found, prompt, Number.MAX_SAFE_INTEGER);

        expect(new Set(matches.map(({ kind }) => kind))).toEqual(new Set(all.map(({ kind }) => kind)));
        expect(new Set(matches.map((match) => match.row)).size).toBe(matches.length);
        expect(matches).toEqual(all.slice(0, most));
      }),
    );
  });
});
