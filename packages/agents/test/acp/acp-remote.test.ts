// What the remote asks of the `acp` driver, beyond what the harness does.
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseAcpQuirks, quirksOf } from "../../src/acp/acp-quirks.ts";
import type { AgentSession } from "../../src/session.ts";
import { AgentWorld, eventsOf, firstOf, submit } from "../support/agent-world.ts";

let world: AgentWorld;
beforeEach(() => {
  world = new AgentWorld();
});
afterEach(async () => {
  await world.end();
});

const outputOf = async (session: AgentSession, prompt: string) => (await submit(session, prompt).result).output;

test("[AGENT-14] [AGENT-2] a run gives its messages whole, after the prompt was seen and before its result", async () => {
  const session = await world.start(world.acp());
  const messageUuid = randomUUID();
  const run = submit(session, "tools", { messageUuid });
  const told = [];
  for await (const event of run.events) told.push(event);
  expect(told[0]).toEqual({ type: "prompt_seen", messageUuid });
  expect(told.filter(({ type }) => type === "prompt_seen")).toHaveLength(1);
  const messages = told.flatMap((event) => (event.type === "message" ? [[event.role, event.blocks]] : []));
  expect(messages).toEqual([
    [
      "assistant",
      [
        { type: "text", text: "I look. " },
        { type: "tool_use", id: "t1", name: "Read a file", input: {} },
      ],
    ],
    ["user", [{ type: "tool_result", tool_use_id: "t1", content: "" }]],
    ["assistant", [{ type: "text", text: "Done." }]],
  ]);
  expect(told.at(-1)).toMatchObject({ type: "output_delta" });
});

test("[AGENT-14] what it was in the middle of is told when it crashes", async () => {
  const session = await world.start(world.acp());
  const messages = async (prompt: string) => {
    const events = await eventsOf(submit(session, prompt));
    return events.flatMap((event) => (event.type === "message" ? event.blocks : []));
  };
  expect(await messages("hello")).toEqual([{ type: "text", text: "You said hello" }]);
  expect(await messages("crash")).toEqual([]);
});

test("[AGENT-14] a session that cannot be loaded goes on in a fresh one that is primed with our log", async () => {
  const driver = world.acp({ FAKE_NAME: "gemini-cli" });
  expect((await driver.probe()).capabilities).toMatchObject({ resume: "replayed", keepsFiles: false });
  const resume = {
    agentSessionId: "session-1",
    workingDirectory: world.directory,
    onLoadFailure: "replace",
    seedText: "before",
  } as const;
  const session = await world.start(driver, { resume });
  // Loading it would have told all of its history, and erased it.
  expect(await outputOf(session, "now")).toBe("You said before | now");
  expect((await world.acp().probe()).capabilities).toMatchObject({ resume: "full" });
});

test("[AGENT-14] the configuration goes before what is known of an agent", async () => {
  const fake = await world.acp({}, { loadIsBroken: true, rejectEndsTurn: true }).probe();
  expect(fake.capabilities).toMatchObject({ resume: "replayed", rejectEndsTurn: true });
  const session = await world.start(
    world.acp({}, { environment: { FAKE_MODES: "yes" }, modes: { acceptEdits: ["yes"] } }),
    {
      permissionMode: "acceptEdits",
    },
  );
  expect(await outputOf(session, "mode")).toBe("yes");
  expect(quirksOf("gemini", { loadIsBroken: false })).toMatchObject({
    loadIsBroken: false,
    environment: { GEMINI_CLI_NO_RELAUNCH: "true" },
    modes: { acceptEdits: ["autoEdit"] },
  });
});

test("[AGENT-14] quirks of a configuration are read by the names of the table", () => {
  const quirks = { reject_ends_turn: true, load_is_broken: false, environment: { A: "1" }, modes: { plan: ["look"] } };
  expect(parseAcpQuirks(quirks)).toEqual({
    ok: true,
    quirks: { rejectEndsTurn: true, loadIsBroken: false, environment: { A: "1" }, modes: { plan: ["look"] } },
  });
  for (const [value, word] of [
    [[], "object"],
    [{ reject_ends_turn: 1 }, "reject_ends_turn"],
    [{ rejectEndsTurn: true }, "known: load_is_broken"],
    [{ environment: { A: 1 } }, "environment"],
    [{ modes: { bypass: ["x"] } }, "modes"],
    [{ modes: { plan: "x" } }, "modes"],
    [{ toString: true }, "toString"],
  ] as const) {
    expect(parseAcpQuirks(value)).toEqual({ ok: false, problem: expect.stringContaining(word) });
  }
});

test("[AGENT-3] [SESS-6] the modes of a session are those it offers, and they are changed while it lives", async () => {
  const session = await world.start(
    world.acp({ FAKE_MODES: "bypassPermissions,refused" }, { modes: { acceptEdits: ["refused"] } }),
  );
  expect(session.capabilities.permissionModes).toEqual(["default", "plan", "acceptEdits", "bypassPermissions"]);
  const set = (mode: "default" | "plan" | "acceptEdits" | "bypassPermissions") => session.setPermissionMode!(mode);
  expect([await set("plan"), await outputOf(session, "mode")]).toEqual([true, "plan"]);
  expect([await set("default"), await outputOf(session, "mode")]).toEqual([true, "default"]);
  expect([await set("acceptEdits"), await set("bypassPermissions")]).toEqual([false, false]);
  const change = { sessionUpdate: "current_mode_update", currentModeId: "plan" };
  await submit(session, `updates ${JSON.stringify([change])}`).result;
  expect(world.events.filter(({ type }) => type === "mode_changed")).toEqual(
    ["plan", "default", "plan"].map((mode) => ({ type: "mode_changed", mode })),
  );
  const few = await world.start(world.acp());
  expect(few.capabilities.permissionModes).toEqual(["default", "plan"]);
  expect(await few.setPermissionMode!("acceptEdits")).toBe(false);
});

test("[AGENT-7] a mode that bypasses permissions is chosen only where it is allowed", async () => {
  const driver = world.acp({ FAKE_MODES: "bypassPermissions" });
  const permissionMode = "bypassPermissions";
  await expect(world.start(driver, { permissionMode })).rejects.toMatchObject({ kind: "engine_unsupported" });
  const session = await world.start(driver, { permissionMode, allowBypass: true });
  expect(await outputOf(session, "mode")).toBe(permissionMode);
});

test("[PROMPT-20] a prompt carries the attachments that the agent says it takes", async () => {
  const session = await world.start(world.acp());
  expect(session.capabilities.attachmentTypes).toEqual(expect.arrayContaining(["image/png", "text/markdown"]));
  expect(session.capabilities.attachmentTypes).not.toContain("audio/wav");
  const attachments = [
    { filename: "a.png", mediaType: "image/png", content: "AAAA" },
    { filename: "b c.md", mediaType: "text/markdown", content: Buffer.from("# Größe").toString("base64") },
  ];
  const { output } = await submit(session, "content", { attachments }).result;
  expect(JSON.parse(output)).toEqual([
    { type: "text", text: "content" },
    { type: "image", mimeType: "image/png", data: "AAAA" },
    { type: "resource", resource: { uri: "attachment:b%20c.md", mimeType: "text/markdown", text: "# Größe" } },
  ]);
  const { capabilities } = await world.acp({ FAKE_MODE: "audio" }).probe();
  expect(capabilities.attachmentTypes).toContain("audio/wav");
});

test("[PROMPT-16] the running total of an agent is differenced; without one, or its beginning, the cost is null", async () => {
  const total = async (session: AgentSession, prompt: string) => (await submit(session, prompt).result).cost.totalUsd;
  const session = await world.start(world.acp({ FAKE_COST: "0" }));
  expect([await total(session, "spend 0.5"), await total(session, "spend 0.25")]).toEqual([0.5, 0.25]);
  expect(await total(session, "hello")).toBeNull();
  expect(await total(session, "spend 1")).toBe(1);
  const euros = [{ sessionUpdate: "usage_update", used: 1, size: 2, cost: { amount: 9, currency: "EUR" } }];
  expect(await total(session, `updates ${JSON.stringify(euros)}`)).toBeNull();
  const resume = { agentSessionId: "session-1", workingDirectory: world.directory };
  const resumed = await world.start(world.acp({ FAKE_COST: "10" }), { resume });
  expect([await total(resumed, "spend 0.5"), await total(resumed, "spend 0.25")]).toEqual([null, 0.25]);
});

test("[AGENT-3] a system prompt goes with a new session where the agent takes one, and else is told not to", async () => {
  const systemPrompt = "be brief";
  const begun = async (quirks: object) => {
    const session = await world.start(world.acp({}, quirks), { systemPrompt });
    return [session.capabilities.systemPrompt, JSON.parse(await outputOf(session, "begun"))];
  };
  const meta = { _meta: { systemPrompt: { append: systemPrompt } } };
  expect(await begun({ appendsSystemPrompt: true })).toEqual(["start", expect.objectContaining(meta)]);
  expect(await begun({})).toEqual(["none", expect.not.objectContaining(meta)]);
});

test("[APPROVE-8] a refusal that ends the turn is no failure: the denial and what was answered are in the result", async () => {
  const driver = world.acp({ FAKE_MODE: "reject-ends" });
  const session = await world.start(driver, { permissionQuestions: { ask: { timeoutMs: 60_000 } } });
  expect(session.capabilities.rejectEndsTurn).toBe(true);
  const run = submit(session, "ask");
  session.answerPermission((await firstOf(run, "permission_question")).questionId, { behavior: "deny", reason: "no" });
  expect(await run.result).toMatchObject({
    outcome: "completed",
    agentStopReason: "cancelled",
    permissionDenials: [{ toolName: "Bash", reason: "no" }],
    error: null,
  });
});

test("[AGENT-8] its environment has the run's id and the configured variables, and no secret of ours", async () => {
  const environment = { PARL_RUN_ID: randomUUID() };
  const session = await world.start(world.acp({ PARL_TOKEN: "t", CLAUDECODE: "1", LANG: "C" }), { environment });
  const seen = JSON.parse(await outputOf(session, "environment")) as Record<string, string>;
  expect(seen).toMatchObject({ ...environment, LANG: "C" });
  expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(["PARL_TOKEN"]));
  expect(seen["CLAUDECODE"]).toBeUndefined();
});
