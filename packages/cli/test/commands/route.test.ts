import { expect, test } from "vitest";
import { createInventory, createProject } from "../inventory/support/project.ts";
import { checkInventory, runCommand } from "../inventory/support/run-command.ts";
import { errorOf } from "../support/run-in-process.ts";

test("[CMD-route-1] [RTE-7] prints a line for each match, its parts separated by tabs", async () => {
  const { stdout, stderr, status } = await runCommand(["route", "review MCP tool", ...checkInventory()]);

  expect(stdout).toBe(
    "command\treview\t1\tcommands/review/main\ntool\tMCPTool\t2\ttools/MCPTool/call\ntool\tBashTool\t1\ttools/BashTool/run\n",
  );
  expect([stderr, status]).toEqual(["", 0]);
});

test("[CMD-route-1] [ERR-5] nothing routed is a sentence in text, an empty list in json, and success in both", async () => {
  const text = await runCommand(["route", "hello", ...checkInventory()]);
  const json = await runCommand(["route", "hello", "--json", ...checkInventory()]);

  expect([text.stdout, text.status]).toEqual(["No mirrored command/tool matches found.\n", 0]);
  expect(Object.entries(json.json()).slice(5)).toEqual([
    ["prompt", "hello"],
    ["limit", 5],
    ["match_count", 0],
    ["matches", []],
  ]);
  expect(json.status).toBe(0);
});

test("[CMD-route-2] [RTE-6] gives prompt, limit, and the matches with exactly four keys each", async () => {
  const { json } = await runCommand(["route", "review MCP tool", "--limit", "2", "--json", ...checkInventory()]);

  expect(Object.entries(json()).slice(5)).toEqual([
    ["prompt", "review MCP tool"],
    ["limit", 2],
    ["match_count", 2],
    [
      "matches",
      [
        { kind: "command", name: "review", score: 1, source_hint: "commands/review/main" },
        { kind: "tool", name: "MCPTool", score: 2, source_hint: "tools/MCPTool/call" },
      ],
    ],
  ]);
});

test("[RTE-5] [ARG-5] a limit of 0 gives nothing, a negative one acts as 0 with a warning", async () => {
  const zero = await runCommand(["route", "review", "--limit", "0", "--json", ...checkInventory()]);
  const negative = await runCommand(["route", "review", "--limit=-3", "--json", ...checkInventory()]);

  expect(zero.json()).toMatchObject({ limit: 0, match_count: 0, matches: [] });
  expect(zero.json()["warnings"]).toBeUndefined();
  expect(negative.json()).toMatchObject({ limit: 0, match_count: 0, warnings: [{ code: "value_clamped" }] });
});

test("[CMD-route-1] without an external inventory, the product and the project are routed to", async () => {
  const workingDirectory = createProject({ Makefile: "frobnicate: # Frobnicates widgets\n" });
  const { json } = await runCommand(["route", "frobnicate send_message", "--json"], { workingDirectory });

  expect(json()["matches"]).toEqual(
    expect.arrayContaining([
      { kind: "command", name: "frobnicate", score: 1, source_hint: "plugins/make/Makefile#frobnicate" },
      { kind: "tool", name: "send_message", score: 1, source_hint: "tools/mesh/send_message" },
    ]),
  );
});

test("[FI-6] [ENV-2] a prompt of unusual characters is echoed, split by the product's white space, in one line of JSON", async () => {
  const prompt = "e\u0301\u0085\u05d0\u05d1\u2028\u{1f600}\ufeff\u00a0review\u0000https://a:b@c/#d";
  const rows = [{ name: "\u{1f600}\u2028\u05d0", source_hint: "e\u0301 \ud800", responsibility: "\u{1f600}\ufeff" }];
  const inventory = ["--inventory", createInventory({ commands: rows })];
  const { stdout, json, stderr } = await runCommand(["route", "-", "--json", ...inventory], { input: prompt });

  expect(stdout.split("\n")).toHaveLength(2);
  expect(json()).toMatchObject({
    prompt,
    match_count: 1,
    matches: [{ kind: "command", name: "\u{1f600}\u2028\u05d0", score: 2, source_hint: "e\u0301 \ud800" }],
  });
  expect(stderr).toBe("");
});

test("[FI-6] [CMD-route-1] in text mode a match stays on its line", async () => {
  const rows = [{ name: "a\u2028b", source_hint: "x\u202ey", responsibility: "" }];
  const { stdout } = await runCommand(["route", "a", "--inventory", createInventory({ tools: rows })]);

  expect(stdout).toBe("tool\ta\\u2028b\t1\tx\\u202ey\n");
});

test("[ARG-4] [FI-7] a prompt of a megabyte comes from stdin and is echoed whole", async () => {
  const prompt = `${Array.from({ length: 150_000 }, (_, index) => `w${index}`).join(" ")} review`;
  const { json, status } = await runCommand(["route", "-", "--json", ...checkInventory()], { input: `${prompt}\n` });

  expect(status).toBe(0);
  expect(json()["prompt"]).toBe(prompt);
  expect(json()["matches"]).toContainEqual(expect.objectContaining({ name: "review" }));
});

test("[ERR-7] an invalid inventory is told with prompt and limit", async () => {
  const { json, status } = await runCommand(["route", "x", "--json", "--inventory", "missing"]);

  expect(Object.keys(json()).slice(5)).toEqual(["prompt", "limit", "error"]);
  expect(errorOf(json())).toMatchObject({
    kind: "invalid_inventory",
    target: "missing/commands.json",
    errno: "ENOENT",
  });
  expect(status).toBe(1);
});
