import { beforeEach, describe, expect, test } from "vitest";
import type { PendingPermission } from "../../../src/sessions/run-desk.ts";
import { summarizePermission } from "../../../src/sessions/runs/permission-summary.ts";
import { asker, type RunsServer, type RunsWorld } from "../../support/runs-world/runs-world.ts";
import { useRunsWorld } from "../../support/runs-world/use-runs-world.ts";

const aWorld = useRunsWorld();
let world: RunsWorld;
let server: RunsServer;
let sessionId: string;
const other = { clientSessionId: "client-2", deviceId: "dev-2", deviceName: "laptop" };
const nowhere = "00000000-0000-4000-8000-00000000dead";

beforeEach(async () => {
  world = aWorld();
  server = await world.startServer();
  sessionId = "";
});

async function aQuestion(text = "/ask Bash"): Promise<PendingPermission> {
  const before = server.desk.listPermissions().length;
  ({ sessionId } = await server.prompt(text, sessionId === "" ? {} : { sessionId }));
  await world.until(() => server.desk.listPermissions().length > before);
  return server.desk.listPermissions().at(-1)!;
}

const result = async (n = 1) => (await world.until(() => server.results().length >= n && server.results()))[n - 1]!;
const resolutions = () => server.told.flatMap((one) => (one.type === "resolved" ? [one.resolved] : []));

test("[APPROVE-1] [APPROVE-6] [APPROVE-7] a question is durable before it is asked; its session waits with its lock", async () => {
  const rows: Promise<unknown>[] = [];
  server.desk.listen({ onPermissionRequested: ({ requestId }) => rows.push(world.store.findPermission(requestId)) });
  const request = await aQuestion();
  expect(request).toMatchObject({
    sessionId,
    runId: server.desk.status(sessionId).runId,
    toolName: "Bash",
    input: { command: "make" },
    summary: "Bash make",
    createdAt: world.time.now(),
    expiresAt: world.time.now() + 600_000,
  });
  expect(await Promise.all(rows)).toMatchObject([{ requestId: request.requestId, inputJson: '{"command":"make"}' }]);
  expect(server.desk.status(sessionId).state).toBe("waiting_permission");
  expect(await world.store.findLease(sessionId)).toBeDefined();
  expect(await server.desk.findPermission(request.requestId)).toEqual(request);
});

test("[APPROVE-1] every pending question is listed, not only the first", async () => {
  const first = await aQuestion();
  sessionId = "";
  const second = await aQuestion("/ask Edit");
  expect(server.desk.listPermissions()).toEqual([first, second]);
});

describe("answers", () => {
  test("[APPROVE-2] the first decides; a later one gets the standing resolution and changes nothing", async () => {
    const { requestId } = await aQuestion();
    const both = await Promise.all([
      server.desk.answerPermission({ requestId, decision: "allow", scope: "once", asker }),
      server.desk.answerPermission({ requestId, decision: "deny", scope: "once", asker: other }),
    ]);
    expect(both[0]).toEqual(both[1]);
    const late = await server.desk.answerPermission({ requestId, decision: "deny", scope: "once", asker: other });
    expect(late).toEqual(both[0]);
    expect(resolutions()).toEqual([
      {
        requestId,
        sessionId,
        decision: "allow",
        scope: "once",
        by: { deviceId: "dev-1", deviceName: "phone" },
        reason: "answered",
        at: world.time.now(),
      },
    ]);
    expect(world.main.answers).toEqual([{ behavior: "allow" }]);
    expect(server.notes.filter(({ event }) => event === "permission_answered")).toHaveLength(1);
    await result();
  });

  test("[APPROVE-2] an unknown question", async () => {
    const unknown = { message: `Permission request not found: ${nowhere}`, code: "not_found" };
    await expect(server.desk.findPermission(nowhere)).rejects.toMatchObject(unknown);
    const answer = { requestId: nowhere, decision: "allow", scope: "once", asker } as const;
    await expect(server.desk.answerPermission(answer)).rejects.toMatchObject(unknown);
  });

  test("[APPROVE-3] a changed input replaces the tool's, with allow only", async () => {
    const { requestId } = await aQuestion();
    const updatedInput = { command: "make test" };
    await server.desk.answerPermission({ requestId, decision: "allow", scope: "once", updatedInput, asker });
    expect(world.main.answers).toEqual([{ behavior: "allow", updatedInput }]);
    expect(await result()).toMatchObject({ text: `allowed: ${JSON.stringify(updatedInput)}` });
  });

  test("[APPROVE-3] the message of a denial reaches the agent", async () => {
    const { requestId } = await aQuestion();
    const updatedInput = { command: "rm" };
    const denial = { requestId, decision: "deny", scope: "session", message: "Not now.", updatedInput, asker } as const;
    expect(await server.desk.answerPermission(denial)).toMatchObject({ decision: "deny", scope: "once" });
    expect(world.main.answers).toEqual([{ behavior: "deny", reason: "Not now." }]);
    expect(server.desk.status(sessionId).grantedTools).toEqual([]);
  });
});

describe("grants", () => {
  async function aGrant(): Promise<void> {
    const { requestId } = await aQuestion();
    await server.desk.answerPermission({ requestId, decision: "allow", scope: "session", asker });
    await result();
  }

  test("[APPROVE-4] answer the same tool in the same session, and are told as such", async () => {
    await aGrant();
    expect(server.desk.status(sessionId).grantedTools).toEqual(["Bash"]);
    await server.prompt("/ask Bash", { sessionId });
    await result(2);
    expect(world.main.answers).toHaveLength(2);
    expect(resolutions().at(-1)).toMatchObject({ decision: "allow", scope: "session", reason: "granted", by: null });
    expect(server.notes.map(({ event }) => event)).toContain("permission_granted");
    expect(server.told.filter(({ type }) => type === "asked")).toHaveLength(1);
  });

  test("[APPROVE-4] hold for no other tool and no other session, and over a restart", async () => {
    await aGrant();
    await aQuestion("/ask Edit");
    world.crash(server);
    server = await world.startServer();
    expect(server.desk.status(sessionId).grantedTools).toEqual(["Bash"]);
    sessionId = "";
    await aQuestion();
  });

  test("[APPROVE-4] end with revoke_grant", async () => {
    await aGrant();
    await server.desk.revokeGrant(sessionId, "Bash", asker);
    expect(server.desk.status(sessionId).grantedTools).toEqual([]);
    expect(await world.store.listGrants()).toEqual([]);
    await aQuestion();
  });

  test("[APPROVE-4] [SESS-6] end with a change of the mode", async () => {
    await aGrant();
    await server.desk.setPermissionMode(sessionId, "accept_edits", asker);
    expect(server.desk.status(sessionId).grantedTools).toEqual([]);
    await aQuestion();
  });
});

test("[APPROVE-5] what nobody answers in time is denied, and the agent is told so", async () => {
  await aQuestion();
  await world.time.advance(599_999);
  expect(world.main.answers).toEqual([]);
  await world.time.advance(1);
  await result();
  const reason =
    "No one answered this permission request within 600 seconds. Do not retry it; say what you needed it for.";
  expect(world.main.answers).toEqual([{ behavior: "deny", reason }]);
  expect(resolutions()).toMatchObject([{ decision: "deny", reason: "expired", by: null }]);
});

test("[APPROVE-5] the agent's own patience is longer than ours", async () => {
  await aQuestion();
  expect(world.main.starts[0]?.options.permissionQuestions).toEqual({ ask: { timeoutMs: 660_000 } });
});

test("[APPROVE-6] [PROMPT-19] the run's time does not count the waiting", async () => {
  world.crash(server);
  server = await world.startServer({ runTimeoutMs: 60_000 });
  await aQuestion("/ask Bash");
  await world.time.advance(500_000);
  expect(server.results()).toEqual([]);
  const [request] = server.desk.listPermissions();
  await server.desk.answerPermission({ requestId: request!.requestId, decision: "allow", scope: "once", asker });
  expect(await result()).toMatchObject({ ending: "success" });
});

test("[APPROVE-7] after a restart it is resolved as denied; what is asked again is a new question that replaces it", async () => {
  const first = await aQuestion();
  world.crash(server);
  server = await world.startServer();
  await world.untilLater(() => resolutions().length === 1);
  expect(resolutions()[0]).toMatchObject({
    requestId: first.requestId,
    decision: "deny",
    reason: "server_restarted",
    by: null,
  });
  await world.untilLater(() => server.results().length === 1);
  const again = await aQuestion();
  expect(again).toMatchObject({ replaces: first.requestId, toolName: "Bash" });
  expect(again.requestId).not.toBe(first.requestId);
  expect((await world.store.findPermission(again.requestId))?.replaces).toBe(first.requestId);
});

describe("an agent that ends its turn on a denial", () => {
  beforeEach(async () => {
    world.can({ rejectEndsTurn: true });
    world.crash(server);
    server = await world.startServer();
  });

  async function denied(text: string) {
    const { requestId } = await aQuestion(text);
    await server.desk.answerPermission({ requestId, decision: "deny", scope: "once", message: "No.", asker });
    return result();
  }

  test("[APPROVE-8] has succeeded when it has an answer; the denial is in its text", async () => {
    expect(await denied("/ask Bash half")).toMatchObject({ ending: "success", text: "half\n\n[Denied: Bash: No.]" });
  });

  test("[APPROVE-8] else it is aborted, and the denial explains it", async () => {
    expect(await denied("/ask Bash")).toMatchObject({
      ending: "interrupted",
      aborted: true,
      text: "[Denied: Bash: No.]",
    });
  });
});

test("[APPROVE-8] when a run ends, its open questions do too, before its outcome", async () => {
  const { requestId } = await aQuestion();
  await server.desk.interrupt(sessionId);
  await result();
  expect(resolutions()).toMatchObject([{ requestId, decision: "deny", reason: "run_ended" }]);
  const order = server.told.map(({ type }) => type).filter((type) => type === "resolved" || type === "result");
  expect(order).toEqual(["resolved", "result"]);
  expect(server.desk.listPermissions()).toEqual([]);
});

test("[APPROVE-7] a question that cannot be recorded is denied, not asked", async () => {
  await server.prompt("/hold", {});
  const turn = await world.until(() => [...world.main.held.values()][0]);
  server.outage.mode = "refusing";
  turn.emit({ type: "permission_question", questionId: "q", toolName: "Bash", input: {} });
  await world.turn();
  await world.turn();
  server.outage.mode = "up";
  expect(server.told.filter(({ type }) => type === "asked")).toEqual([]);
  world.errors.length = 0;
});

test.each([
  ["Bash", { description: "later", command: "npm publish\n --tag x" }, "Bash npm publish --tag x"],
  ["Edit", { nothing: 1, some: "text" }, "Edit text"],
  ["Ask", null, "Ask"],
  ["Write", { file_path: "😀".repeat(300) }, `Write ${"😀".repeat(194)}...`],
])("[APPROVE-1] one line about a question of %s", (toolName, input, summary) => {
  expect(summarizePermission(toolName, input)).toBe(summary);
});
