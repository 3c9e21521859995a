import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readMcpEntry, type McpEntryResult } from "../../src/handlers/mcp-entry.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "parl-mcp-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function read(entry: unknown, environment: Readonly<Record<string, string>> = {}): McpEntryResult {
  const file = join(directory, ".mcp.json");
  writeFileSync(file, JSON.stringify({ mcpServers: { docs: entry } }));
  return readMcpEntry(file, "docs", environment);
}

describe("entries", () => {
  test("[CMD-exec-tool-1] variables are replaced in every text of a server on stdio", () => {
    const entry = {
      command: "${BIN}/serve",
      args: ["--root=${ROOT:-/srv}", "$HOME", "${EMPTY:-none}", "${BIN}${BIN}"],
      env: { TOKEN: "${SECRET}", PLAIN: "a${" },
    };
    expect(read(entry, { BIN: "/opt", SECRET: "s", EMPTY: "" })).toEqual({
      ok: true,
      entry: {
        type: "stdio",
        command: "/opt/serve",
        arguments: ["--root=/srv", "$HOME", "none", "/opt/opt"],
        environment: { TOKEN: "s", PLAIN: "a${" },
      },
    });
  });

  test.each([
    ["http", "http"],
    ["streamable-http", "http"],
    ["sse", "sse"],
    [undefined, "http"],
  ])("[CMD-exec-tool-1] a server of the type %s is reached by its address", (type, expected) => {
    const entry = { type, url: "https://${HOST}/mcp", headers: { Authorization: "Bearer ${KEY}" } };
    expect(read(entry, { HOST: "h.example", KEY: "k" })).toEqual({
      ok: true,
      entry: { type: expected, url: "https://h.example/mcp", headers: { Authorization: "Bearer k" } },
    });
  });

  test.each([
    ["no object", 5, "is no object"],
    ["no command", {}, "has no text `command`"],
    ["arguments that are no list", { command: "x", args: "y" }, "has `args` that is no array"],
    ["a variable that is not set", { command: "x", env: { A: "${NOT_SET}" } }, "variable NOT_SET for `env.A`"],
    ["an inherited property for a variable", { command: "${toString}" }, "variable toString for `command`"],
    ["an unknown type", { type: "carrier-pigeon" }, "other than stdio, http and sse"],
    ["a file for an address", { url: "file:///etc/passwd" }, "no http address"],
  ])("[CMD-exec-tool-1] an entry with %s cannot be used", (_what, entry, reason) => {
    const result = read(entry);
    expect(result).toMatchObject({ ok: false, isUnknown: false });
    expect(JSON.stringify(result)).toContain(reason);
  });
});

describe("the file", () => {
  const file = (): string => join(directory, ".mcp.json");

  test("[CMD-exec-tool-1] a server that is not in it is unknown, and those that are get named", () => {
    writeFileSync(file(), JSON.stringify({ mcpServers: { b: {}, a: {} } }));
    expect(readMcpEntry(file(), "docs", {})).toEqual({
      ok: false,
      isUnknown: true,
      reason: `${file()} has no entry 'docs'; it has 'a', 'b'`,
    });
    expect(readMcpEntry(file(), "__proto__", {})).toMatchObject({ isUnknown: true });
  });

  test("[CMD-exec-tool-1] so is every server where there is no file", () => {
    expect(readMcpEntry(file(), "docs", {})).toMatchObject({ ok: false, isUnknown: true });
  });

  test.each(["", "[]", '{"mcpServers": 1}', "{", `{"x": "${"y".repeat(2 ** 20)}"}`])(
    "[ROW-4] one that is not what it should be is not read as something else (%#)",
    (text) => {
      writeFileSync(file(), text);
      expect(readMcpEntry(file(), "docs", {})).toMatchObject({ ok: false, isUnknown: false });
    },
  );
});
