import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandError } from "../../src/harness/error.ts";
import { parseMcpPayload, parseObjectPayload, parseShellPayload } from "../../src/handlers/tool-payload.ts";

function refusalOf(parse: () => unknown): { readonly kind: string; readonly message: string } {
  try {
    parse();
  } catch (thrown) {
    if (thrown instanceof CommandError) return { kind: thrown.kind, message: thrown.message };
    throw thrown;
  }
  throw new Error("the payload was accepted");
}

describe("BashTool", () => {
  test.each([
    ["ls -l", "ls -l"],
    ['{"command": "ls -l"}', "ls -l"],
    ["{ echo a; echo b; }", "{ echo a; echo b; }"],
    ["true", "true"],
    ["42", "42"],
    ["echo a\necho b", "echo a\necho b"],
    ["-n", "-n"],
  ])("[CMD-exec-tool-1] takes %j", (payload, command) => {
    expect(parseShellPayload("BashTool", payload)).toBe(command);
  });

  test.each(["", " \n", "{}", '{"command": 1}', '{"command": " "}', '{"command": "a", "cwd": "b"}', "a\0b"])(
    "[CMD-exec-tool-1] refuses %j",
    (payload) => {
      expect(refusalOf(() => parseShellPayload("BashTool", payload)).kind).toBe("invalid_payload");
    },
  );
});

describe("MCPTool", () => {
  test("[CMD-exec-tool-1] takes server, tool and arguments; the arguments may be left out", () => {
    const payload = '{"server": "s", "tool": "t", "arguments": {"a": [1]}}';
    expect(parseMcpPayload("MCPTool", payload, undefined)).toEqual({ server: "s", tool: "t", arguments: { a: [1] } });
    expect(parseMcpPayload("MCPTool:s", '{"tool": "t"}', "s")).toEqual({ server: "s", tool: "t", arguments: {} });
  });

  test.each([
    ["not JSON", "{tool}", undefined, "not a JSON object"],
    ["an array", "[]", undefined, "not a JSON object"],
    ["no server", '{"tool": "t"}', undefined, "`server` is not a text"],
    ["no tool", '{"server": "s", "tool": ""}', undefined, "`tool` is not a text"],
    ["arguments that are a list", '{"server": "s", "tool": "t", "arguments": []}', undefined, "`arguments`"],
    ["a server where the row names it", '{"server": "s", "tool": "t"}', "s", "no use for 'server'"],
    ["a misspelt key", '{"tool": "t", "args": {}}', "s", "no use for 'args'"],
  ])("[CMD-exec-tool-1] refuses %s", (_what, payload, server, problem) => {
    const refusal = refusalOf(() => parseMcpPayload("MCPTool", payload, server));
    expect(refusal).toMatchObject({ kind: "invalid_payload" });
    expect(refusal.message).toContain(problem);
  });
});

test("[CMD-exec-tool-1] tools of the mesh take a JSON object as it is, and nothing else", () => {
  const payload = '{"__proto__": 1, "to": "*"}';
  expect(JSON.stringify(parseObjectPayload("send_message", payload))).toBe('{"__proto__":1,"to":"*"}');
  for (const other of ["", "hello", "null", "[]", '"x"']) {
    expect(refusalOf(() => parseObjectPayload("send_message", other)).kind).toBe("invalid_payload");
  }
});

test("[FI-15] no payload is a defect: it is understood or refused", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (payload) => {
      const outcomes = [
        () => parseShellPayload("BashTool", payload),
        () => parseMcpPayload("MCPTool", payload, undefined),
        () => parseObjectPayload("send_message", payload),
      ].map((parse) => outcomeOf(parse));
      expect(["understood", "invalid_payload"]).toEqual(expect.arrayContaining(outcomes));
    }),
  );
});

function outcomeOf(parse: () => unknown): string {
  try {
    parse();
    return "understood";
  } catch (thrown) {
    return thrown instanceof CommandError ? thrown.kind : "defect";
  }
}
