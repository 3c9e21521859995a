import { describe, expect, test } from "vitest";
import { commandGroups } from "../../src/harness/command.ts";
import { commandTable } from "../support/injected-commands.ts";
import { errorOf, run } from "../support/run-in-process.ts";

describe("the program", () => {
  test("[HELP-1] usage first, then the groups in order, one line for each top-level command and no other like it", async () => {
    const { stdout, stderr, status } = await run(["--help"]);
    const lines = stdout.split("\n");

    expect({ status, stderr, first: lines[0] }).toEqual({
      status: 0,
      stderr: "",
      first: "usage: parl COMMAND [arguments] [options]",
    });
    expect(lines.filter((line) => commandGroups.some((title) => line === `${title}:`))).toEqual(
      commandGroups.map((title) => `${title}:`),
    );
    const rows = lines.filter((line) => /^ {2}\S+ {2,}\S/.test(line));
    expect(Object.fromEntries(rows.map((line) => line.trim().split(/ {2,}/)))).toEqual(
      Object.fromEntries(Object.entries(commandTable).map(([name, { summary }]) => [name, summary])),
    );
    expect(rows).toHaveLength(Object.keys(commandTable).length);
    expect(stdout).toContain("text|json");
    expect(stdout).not.toMatch(/[{}]/);
  });

  test("[HELP-1] `-h` and `help` print the same", async () => {
    const { stdout } = await run(["--help"]);

    expect((await run(["-h"])).stdout).toBe(stdout);
    expect((await run(["help"])).stdout).toBe(stdout);
  });

  test("[HELP-3] in json mode help is an envelope", async () => {
    const { json } = await run(["--help", "--json"]);

    expect(Object.keys(json()).slice(5)).toEqual(["topic", "usage", "groups"]);
    expect(json()).toMatchObject({ command: "help", topic: null, usage: "usage: parl COMMAND [arguments] [options]" });
    const groups = json()["groups"] as { title: string; commands: Record<string, unknown>[] }[];
    expect(groups.map(({ title }) => title)).toEqual(commandGroups);
    const commands = groups.flatMap((group) => group.commands);
    expect(commands).toHaveLength(Object.keys(commandTable).length);
    expect(commands.find(({ name }) => name === "turn")).toEqual({
      name: "turn",
      summary: "show how arguments arrive",
      text_only: false,
      schema_id: "urn:parlatory:schema:1.0:turn",
    });
    expect(commands.find(({ name }) => name === "summary")).toMatchObject({ text_only: true, schema_id: null });
  });
});

describe("one command", () => {
  test("[HELP-2] names every flag literally with its default", async () => {
    const { stdout, status } = await run(["turn", "--help"]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^usage: parl turn PROMPT \[options\]\n/);
    for (const [flag, value] of [
      ["--limit N", "default: 5"],
      ["--max-budget-tokens N", "default: none"],
      ["--timeout-seconds N", "default: none"],
      ["--mode plan|default", "default: default"],
      ["--allow-tool ALLOW_TOOL", "default: none; repeatable"],
      ["--session-id SESSION_ID", "default: none; PARL_INVENTORY"],
      ["-d, --details", "default: off"],
      ["--output-format text|json", "default: text; PARL_OUTPUT_FORMAT"],
    ]) {
      expect(stdout.split("\n").find((line) => line.startsWith(`  ${flag} `))).toContain(`(${value})`);
    }
    expect(stdout).toContain("  --json ");
    expect(stdout).toContain("  -h, --help ");
  });

  test("[HELP-2] wins over every usage error but an unknown command", async () => {
    const { stdout } = await run(["help", "turn"]);

    for (const argv of [
      ["turn", "-h"],
      ["turn", "--bogus", "--help"],
      ["turn", "a", "b", "--help"],
      ["turn", "--help", "--output-format", "xml"],
      ["turn", "--limit", "x", "--help"],
    ]) {
      expect(await run(argv)).toMatchObject({ stdout, stderr: "", status: 0 });
    }
    expect(await run(["bogus", "--help"])).toMatchObject({ stdout: "", status: 2 });
    expect(await run(["mesh", "bogus", "--help"])).toMatchObject({ stdout: "", status: 2 });
    expect((await run(["help", "bogus", "--json"])).json()).toMatchObject({ command: "help", exit_code: 1 });
    expect(errorOf((await run(["help", "mesh", "crate", "--json"])).json())).toMatchObject({
      kind: "parse",
      hint: "did you mean `parl help mesh create`, `parl help mesh list`?",
    });
  });

  test("[HELP-3] structured help has all that the text has", async () => {
    const { json } = await run(["turn", "--help", "--json"]);

    expect(json()).toMatchObject({
      command: "help",
      topic: "turn",
      usage: "usage: parl turn PROMPT [options]",
      summary: "show how arguments arrive",
      positionals: ["prompt"],
      actions: [],
      exit_codes: [0, 1, 2, 130],
      error_kinds: ["invalid_input", "session_not_found", "parse", "interrupted", "internal"],
      schema_id: "urn:parlatory:schema:1.0:turn",
      examples: ["parl turn hello"],
    });
    const options = json()["options"] as Record<string, unknown>[];
    expect(options.map(({ names }) => (names as string[])[0])).toEqual([
      ...["--limit", "--max-budget-tokens", "--timeout-seconds", "--mode", "--allow-tool", "--session-id", "--details"],
      ...["--output-format", "--json", "--help"],
    ]);
    expect(options[3]).toEqual({
      names: ["--mode"],
      type: "choice",
      choices: ["plan", "default"],
      default: "default",
      repeatable: false,
      env: null,
      description: "mode",
    });
    expect(options[6]).toMatchObject({ names: ["--details", "-d"], type: "boolean", default: false });
  });

  test("[HELP-3] a family of actions and a two-level command are explained too", async () => {
    const family = (await run(["mesh", "--help", "--json"])).json();
    const both = (await run(["devices", "--help", "--json"])).json();
    const one = (await run(["help", "mesh", "create", "--json"])).json();

    expect(family).toMatchObject({ topic: "mesh", actions: ["create", "list"], schema_id: null });
    expect(both).toMatchObject({
      topic: "devices",
      actions: ["revoke"],
      schema_id: "urn:parlatory:schema:1.0:devices",
    });
    expect(one).toMatchObject({ topic: "mesh create", usage: "usage: parl mesh create SLUG --out FILE [options]" });
    expect((await run(["mesh", "--help"])).stdout).toContain("  create  make a mesh\n");
  });

  test("[ARG-10] [HELP-3] help of a text-only command works in both formats and lists no format option", async () => {
    const { stdout } = await run(["summary", "--help"]);
    const { json } = await run(["summary", "--help", "--json"]);

    expect(stdout).not.toContain("--output-format text|json ");
    expect(json()).toMatchObject({ command: "help", topic: "summary", schema_id: null });
    expect((json()["options"] as unknown[]).length).toBe(1);
  });
});

describe("schemas", () => {
  test("[SCH-6] `schema` lists commands and ids, `schema COMMAND` gives the schema", async () => {
    const all = (await run(["schema", "--json"])).json();
    const one = await run(["schema", "mesh", "create", "--json"]);
    const bare = await run(["schema", "mesh", "create"]);

    expect(all["schemas"]).toContainEqual({ command: "turn", schema_id: "urn:parlatory:schema:1.0:turn" });
    expect((all["schemas"] as { command: string }[]).map(({ command }) => command)).not.toContain("summary");
    expect(Object.keys(one.json()).slice(5)).toEqual(["topic", "schema_id", "schema"]);
    expect(one.json()).toMatchObject({ topic: "mesh create", schema_id: "urn:parlatory:schema:1.0:mesh-create" });
    expect(JSON.parse(bare.stdout)).toEqual(one.json()["schema"]);
  });

  test("[SCH-6] a name without a schema is `schema_not_found`", async () => {
    for (const name of ["bogus", "summary", "mesh"]) {
      const { json, status } = await run(["schema", name, "--json"]);
      expect(status).toBe(1);
      expect(errorOf(json())).toMatchObject({ kind: "schema_not_found", operation: "resolve_schema", target: name });
    }
  });
});
