import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { redactText } from "../../src/harness/redact.ts";
import { errorOf, run } from "../support/run-in-process.ts";

describe("shape", () => {
  test("[ENV-2] [ENV-3] one line of JSON, the five common fields first, then the payload in the order of its schema", async () => {
    const { stdout, json } = await run(["turn", "line\u2028sep\ud800 \u0000\n", "--json"]);

    expect(stdout.split("\n")).toHaveLength(2);
    expect(stdout.endsWith("}\n")).toBe(true);
    expect(Object.keys(json())).toEqual([
      ...["timestamp", "command", "exit_code", "output_format", "schema_version"],
      ...["prompt", "limit", "max_budget_tokens", "timeout_seconds", "mode", "allow_tool", "session_id", "details"],
      ...["id", "duration_ms", "run_id"],
    ]);
    expect(json()).toMatchObject({
      timestamp: "2026-02-03T04:05:06Z",
      command: "turn",
      exit_code: 0,
      output_format: "json",
      schema_version: "1.0",
      prompt: "line\u2028sep\ud800 \u0000\n",
    });
  });

  test("[ENV-8] optional common fields are absent when empty, and warnings are lines on stderr in text mode", async () => {
    const quiet = await run(["turn", "x", "--json"]);
    const warned = await run(["fail", "nothing", "--json"]);
    const text = await run(["fail", "nothing"]);

    expect(Object.keys(quiet.json())).not.toContain("warnings");
    expect(Object.keys(quiet.json())).not.toContain("error");
    expect(Object.keys(quiet.json())).not.toContain("test_overrides");
    expect(quiet.json()["run_id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(warned.json()["warnings"]).toEqual([{ code: "odd_way", message: "'nothing' is not a way to fail" }]);
    expect(warned.stderr).toBe("");
    expect(text).toMatchObject({ stdout: "nothing\n", stderr: "warning: 'nothing' is not a way to fail\nworking\n" });
  });

  test("[ENV-9] [SCH-2] with PARL_VALIDATE=1 an undeclared key is a defect, without it nothing is checked", async () => {
    const checked = await run(["fail", "undeclared", "--json"], { env: { PARL_VALIDATE: "1" } });
    const unchecked = await run(["fail", "undeclared", "--json"]);
    const valid = await run(["turn", "x", "--json"], { env: { PARL_VALIDATE: "1" } });

    expect(errorOf(checked.json())["kind"]).toBe("internal");
    expect(unchecked.json()).toMatchObject({ exit_code: 0, surprise: true });
    expect(valid.status).toBe(0);
  });

  test("[ENV-2] [ENV-11] a result that cannot be written as JSON is a defect with an envelope", async () => {
    const { json, status } = await run(["fail", "not-a-number", "--json"]);

    expect(status).toBe(1);
    expect(errorOf(json())["kind"]).toBe("internal");
  });
});

describe("redaction", () => {
  test.each([
    ["ws://user:pass@host/ws", "ws://***@host/ws"],
    ["wss://token@host:1/ws?x=1&token=abc&y=2#frag", "wss://***@host:1/ws?x=1&token=***&y=2#***"],
    ["see http://h/?key=a&secret=b&password=c.", "see http://h/?key=***&secret=***&password=***"],
    [`http://h/join/${"A".repeat(40)}`, "http://h/join/***"],
    ["http://h/a?monkey=1&tokens=2 user@host #tag", "http://h/a?monkey=1&tokens=2 user@host #tag"],
    ["'http://a@h' and (http://b@h)", "'http://***@h' and (http://***@h)"],
    ["no address, token=abc", "no address, token=abc"],
    [`${"long.scheme.".repeat(10)}x://a:b@h`, `${"long.scheme.".repeat(10)}x://***@h`],
  ])("[ENV-12] %s", (text, redacted) => {
    expect(redactText(text)).toBe(redacted);
  });

  test("[ENV-12] a megabyte without a break does not take the square of its length", () => {
    const run = "a".repeat(1_000_000);
    expect(redactText(`${run} http://u@h`)).toBe(`${run} http://***@h`);
  });

  test("[ENV-12] secrets go from fields and text lines, the caller's own text and declared secrets stay", async () => {
    const { json } = await run(["inbox", "--json"]);
    const { stdout } = await run(["inbox"]);

    expect(json()).toMatchObject({
      messages: [{ from: "http://***@host", text: "see http://docs/#part \u001b[2J\u0007\r\nnext" }],
      link: "http://host/pair#ABCD-EFGH",
      broker: { url: "ws://host/ws?key=***&x=1", token: null },
    });
    expect(stdout).toContain("http://***@host: see http://docs/#part");
    expect(stdout).toContain("key=***");
    expect(stdout).not.toContain("me:pw");
  });

  test("[ENV-12] secrets go from every part of an error, in both modes", async () => {
    const { json } = await run(["mesh-fail", "secret", "--json"]);
    const { stderr } = await run(["mesh-fail", "secret"]);

    expect(errorOf(json())).toMatchObject({
      target: "wss://***@host/ws?token=***#***",
      message: "cannot connect to wss://***@host/ws?token=***#***",
      hint: "look at https://host/?password=***",
      detail: { url: "http://host/#***" },
    });
    expect(stderr).not.toMatch(/hunter2|abc|p4ss|frag/);
  });

  test("[ENV-12] a prompt is echoed verbatim", async () => {
    const prompt = "open http://user:pass@host/?token=1#x \u0007";

    expect((await run(["turn", prompt, "--json"])).json()["prompt"]).toBe(prompt);
    expect((await run(["turn", prompt])).stdout).toBe(`${prompt}\n5\n`);
  });
});

describe("determinism", () => {
  const env = { PARL_CLOCK: "2020-01-02T03:04:05Z", PARL_SEED_IDS: "seed" };
  const seeded = (n: number) => createHash("sha256").update(`seed:${n}`).digest("hex").slice(0, 32);

  test("[DET-1] the same arguments and overrides give the same bytes", async () => {
    const first = await run(["turn", "x", "--json"], { env });
    const second = await run(["turn", "x", "--json"], { env });

    expect(second.stdout).toBe(first.stdout);
  });

  test("[DET-2] PARL_CLOCK fixes the time of day and makes durations 0, PARL_SEED_IDS fixes ids", async () => {
    const { json } = await run(["turn", "x", "--json"], { env });

    expect(json()).toMatchObject({
      timestamp: "2020-01-02T03:04:05Z",
      duration_ms: 0,
      id: seeded(1),
      run_id: seeded(2),
    });
  });

  test("[DET-3] every envelope names the overrides that are active", async () => {
    const all = await run(["turn", "x", "--json"], { env: { ...env, PARL_TEST_ENGINE: "engine.mjs" } });
    const clock = await run(["turn", "--json"], { env: { PARL_CLOCK: env.PARL_CLOCK } });
    const none = await run(["turn", "x", "--json"]);

    expect(all.json()["test_overrides"]).toEqual(["clock", "ids", "engine"]);
    expect(clock.json()).toMatchObject({ test_overrides: ["clock"], error: { kind: "parse" } });
    expect(none.json()["duration_ms"]).toBeGreaterThanOrEqual(5);
  });
});
