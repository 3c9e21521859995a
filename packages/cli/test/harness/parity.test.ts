/** Reads the program's own table, so that it stays true as commands are added [SCH-4]. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ERROR_KINDS } from "@parlatory/protocol";
import { compileJsonSchema } from "@parlatory/protocol/schemas";
import { describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { toCamelCase } from "../../src/harness/arguments.ts";
import { createCommandSchema } from "../../src/harness/command-schema.ts";
import { commonFields, frameworkFields } from "../../src/harness/envelope.ts";
import { listRoutes, loadDefinitions } from "../../src/harness/table.ts";
import { commandTable as injectedTable } from "../support/injected-commands.ts";
import { errorOf, run } from "../support/run-in-process.ts";

/** Closed list of [GEN-2]. */
const textOnlyCommands = [
  ...["summary", "manifest", "parity-audit", "setup-report", "subsystems", "commands", "tools"],
  ...["remote-mode", "ssh-mode", "teleport-mode", "direct-connect-mode", "deep-link-mode"],
];

const definitions = await loadDefinitions(commandTable);
const named = [...definitions].map(([name, definition]) => ({ name, definition }));
const withData = named.filter(({ definition }) => definition.format !== "none");

describe("definitions", () => {
  test("[SCH-4] the table has commands, and each row agrees with its definition", () => {
    const routes = listRoutes(commandTable);

    expect(routes.length).toBeGreaterThan(0);
    for (const { words, row, summary } of routes) {
      const definition = definitions.get(words.join(" "));
      expect({
        path: definition?.path,
        summary: definition?.summary,
        group: definition?.group,
        format: definition?.format,
      }).toEqual({
        path: words,
        summary,
        group: row.group,
        format: row.format,
      });
    }
  });

  test.each(named)("[SCH-4] $name is consistent", ({ definition }) => {
    const { positionals, options, errorKinds, examples, payload, streamOption, summary } = definition;
    const keys = [...positionals, ...options].map(({ name }) => toCamelCase(name));
    const shorts = options.flatMap(({ short }) => (short === undefined ? [] : [short]));

    expect(new Set([...keys, "passThrough"]).size).toBe(keys.length + 1);
    expect(new Set(shorts).size).toBe(shorts.length);
    expect(keys).not.toContain("help");
    expect(keys).not.toContain("json");
    expect(keys).not.toContain("outputFormat");
    expect(shorts).not.toContain("h");
    expect(summary).toMatch(/^\S.*[^.]$/);
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(example).toMatch(/\bparl\b/);
    for (const kind of errorKinds) expect(Object.keys(ERROR_KINDS)).toContain(kind);
    const inputs = payload.flatMap(({ input }) => (input === undefined ? [] : [toCamelCase(input)]));
    expect(keys).toEqual(expect.arrayContaining(inputs));
    const booleans = options.flatMap(({ name, type }) => (type === "boolean" ? [name] : []));
    expect([...booleans, undefined]).toContain(streamOption?.name);
    const firstOptional = positionals.findIndex(({ required }) => required === false);
    const tail = firstOptional === -1 ? [] : positionals.slice(firstOptional);
    expect(tail.every(({ required }) => required === false)).toBe(true);
    expect(positionals.slice(0, -1).some(({ variadic }) => variadic === true)).toBe(false);
  });

  test.each(named)("[ENV-4] $name has no payload key of the framework", ({ definition }) => {
    const fields = [definition.payload, ...(definition.branches ?? []), ...(definition.events ?? [])].flatMap((part) =>
      "fields" in part ? part.fields : part,
    );
    const reserved: readonly string[] = [...commonFields, ...frameworkFields];

    expect(fields.map(({ name }) => name).filter((name) => reserved.includes(name))).toEqual([]);
    expect(fields.filter(({ description }) => description === "")).toEqual([]);
  });

  test("[GEN-2] [SCH-4] only the text-only commands lack the format option", () => {
    const without = named.filter(({ definition }) => definition.format === "none").map(({ name }) => name);

    for (const name of without) expect(textOnlyCommands).toContain(name);
    expect(without).toEqual(expect.arrayContaining(textOnlyCommands.filter((name) => definitions.has(name))));
  });
});

describe("every command", () => {
  test.each(withData)("[SCH-1] [SCH-4] $name has a schema with a branch for each outcome", ({ name, definition }) => {
    const schema = createCommandSchema(definition);

    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: `urn:parlatory:schema:1.0:${name.replace(" ", "-")}`,
    });
    const titles = (schema["anyOf"] as { title: string }[]).map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(["error", "usage_error"]));
    expect(titles.includes("success")).toBe(definition.stdout !== "own");
    expect(JSON.stringify(schema)).not.toContain('"additionalProperties":false');
  });

  test.each(withData)(
    "[SCH-3] [SCH-4] $name takes the format flag in either place, and its usage error fits its schema",
    async ({ name, definition }) => {
      const check = compileJsonSchema(createCommandSchema(definition, { strict: true }));
      for (const argv of [
        ["--json", ...name.split(" "), "--output-format=bogus"],
        [...name.split(" "), "--output-format=bogus", "--json"],
      ]) {
        const { json, stderr, status } = await run(argv, { table: commandTable });
        expect(check(json())).toEqual([]);
        expect(json()).toMatchObject({ command: name, exit_code: status, error: { kind: "parse", target: name } });
        expect(stderr).toBe("");
      }
    },
  );

  test.each(named)(
    "[HELP-3] [SCH-4] $name has structured help that fits the schema of help",
    async ({ name, definition }) => {
      const { json, status } = await run([...name.split(" "), "--help", "--json"], {
        table: commandTable,
        env: { PARL_VALIDATE: "1" },
      });

      expect(status).toBe(0);
      expect(json()).toMatchObject({ command: "help", topic: name, summary: definition.summary });
      expect(json()["options"]).toHaveLength(definition.options.length + (definition.format === "none" ? 1 : 3));
    },
  );
});

describe("schemas of the framework", () => {
  test("[SCH-2] [SCH-3] every outcome of the test commands fits the strict schema", async () => {
    const lines = [
      ...["turn x", "turn", "turn - --limit -1", "fail nothing", "fail full", "fail timeout", "fail secret"],
      ...["fail defect", "fail usage", "fail probe", "ticks", "ticks --follow", "ticks --follow --fail"],
      ...["ticks --follow --count x", "mesh create", "mesh create a --out b", "devices", "devices revoke a"],
      ...["hook report", "inbox", "proxy --fail before", "version", "help", "schema", "schema turn", "schema bogus"],
    ];
    for (const line of lines) {
      const env = { PARL_VALIDATE: "1", PARL_CLOCK: "2020-01-01T00:00:00Z" };
      const result = await run([...line.split(" "), "--json"], { env });
      const defects = result.lines().filter((envelope) => errorOf(envelope)["kind"] === "internal");
      expect({ line, defects: defects.length }).toEqual({ line, defects: line === "fail defect" ? 1 : 0 });
      expect(result.json()["exit_code"]).toBe(result.status);
    }
  });

  test("[SCH-2] the strict schema refuses an undeclared key and an undeclared kind, the published one allows the key", async () => {
    const definition = (await loadDefinitions(injectedTable)).get("fail");
    if (definition === undefined) throw new Error("the injected table has no `fail`");
    const strict = compileJsonSchema(createCommandSchema(definition, { strict: true }));
    const published = compileJsonSchema(createCommandSchema(definition));
    const good = (await run(["fail", "timeout", "--json"])).json();
    const otherKind = { ...good, error: { ...errorOf(good), kind: "rate_limited" } };

    expect([strict(good), published(good)]).toEqual([[], []]);
    expect(strict({ ...good, surprise: 1 })).not.toEqual([]);
    expect(published({ ...good, surprise: 1 })).toEqual([]);
    expect(strict(otherKind)).not.toEqual([]);
  });
});

test("[HPERF-3] loading the program and all its definitions loads nothing heavy", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const { commandTable } = await import(${JSON.stringify(new URL("../../src/commands/index.ts", import.meta.url).href)});
    await import(${JSON.stringify(new URL("../../src/harness/run.ts", import.meta.url).href)});
    const { loadDefinitions } = await import(${JSON.stringify(new URL("../../src/harness/table.ts", import.meta.url).href)});
    await loadDefinitions(commandTable);
    console.log(JSON.stringify(loaded));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    maxBuffer: 16 * 1024 * 1024,
  });
  const loaded = JSON.parse(stdout) as string[];

  expect(loaded.length).toBeGreaterThan(10);
  expect(loaded.filter((url) => url.includes("/node_modules/"))).toEqual([]);
  expect(loaded.filter((url) => /\/packages\/(?:server|client)\//.test(url))).toEqual([]);
});
