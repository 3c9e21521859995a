import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { PermissionResolution } from "../../src/store/remote-store.ts";
import { agentProcessRow, permissionRow, remoteSessionRow } from "../support/remote-rows.ts";
import { T0, uniqueId } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

export function testRemoteSessions(context: ConformanceContext): void {
  test("[SESS-5] [SESS-6] [CRASH-4] what this server knows of a session is kept, and the first to add it wins", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const row = remoteSessionRow({ permissionMode: "plan", createdByClientSessionId: "c-1" });
    const attempts = await Promise.all(
      Array.from({ length: 8 }, (_, n) => store.addSession({ ...row, agent: `agent-${n}` })),
    );
    const first = attempts.find(({ added }) => added)?.row;
    expect(attempts.filter(({ added }) => added)).toHaveLength(1);
    for (const attempt of attempts) expect(attempt.row).toEqual(first);
    await store.updateSession(row.sessionId, { name: "Fix the cart \0 total" });
    await store.updateSession(row.sessionId, {
      agentSessionId: "ses_1",
      workingDirectory: "/srv",
      systemPrompt: "Be brief",
    });
    await store.updateSession(randomUUID(), { name: "nobody" });
    const expected = {
      ...first,
      name: "Fix the cart \ufffd total",
      agentSessionId: "ses_1",
      workingDirectory: "/srv",
      systemPrompt: "Be brief",
    };
    const reopened = await database.reopen();
    expect(await reopened.findSession(row.sessionId)).toEqual(expected);
    expect(await reopened.listSessions()).toEqual([expected]);
    expect(await reopened.findSession(randomUUID())).toBeUndefined();
    await database.dispose();
  });

  test("[APPROVE-4] [CRASH-4] grants are kept per session and tool until they are taken back", async () => {
    const database = await context.harness.create();
    const { store } = database;
    await store.addGrant("s-2", "Bash", T0);
    await store.addGrant("s-1", "Write", T0);
    await store.addGrant("s-1", "Bash", T0);
    await store.addGrant("s-1", "Bash", T0 + 1);
    const reopened = await database.reopen();
    expect(await reopened.listGrants()).toEqual([
      { sessionId: "s-1", toolName: "Bash" },
      { sessionId: "s-1", toolName: "Write" },
      { sessionId: "s-2", toolName: "Bash" },
    ]);
    await reopened.removeGrants("s-1", "Write");
    expect(await reopened.listGrants()).toHaveLength(2);
    await reopened.removeGrants("s-1");
    expect(await reopened.listGrants()).toEqual([{ sessionId: "s-2", toolName: "Bash" }]);
    await database.dispose();
  });

  test("[HIST-10] the numbering of a log is replaced as a whole", async () => {
    const { store } = context.shared;
    const row = { sessionId: randomUUID(), logId: "log-1", fingerprintJson: `{"size":1}` };
    expect(await store.findNumbering(row.sessionId)).toBeUndefined();
    await store.saveNumbering(row);
    await store.saveNumbering({ ...row, logId: "log-2", fingerprintJson: `{"size":2}` });
    expect(await store.findNumbering(row.sessionId)).toEqual({
      ...row,
      logId: "log-2",
      fingerprintJson: `{"size":2}`,
    });
  });

  test("[HIST-1] records appended at once are numbered without holes, in the order of each appender, a known id once", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const appends = Array.from({ length: 12 }, (_, n) =>
      ["a", "b", "shared"].map((part) => ({
        id: part === "shared" ? part : `${n}-${part}`,
        recordJson: JSON.stringify({ text: `${n} ${part} \0` }),
      })),
    );
    const added = await Promise.all(appends.map((records) => store.appendSessionEvents(sessionId, records)));
    const stored = await store.readSessionEvents(sessionId, 1, 1_000);
    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(stored.filter(({ id }) => id === "shared")).toHaveLength(1);
    // What an append answers is what is there, and its records stand side by side.
    for (const rows of added) {
      expect(stored.slice((rows[0]?.seq ?? 0) - 1, rows.at(-1)?.seq)).toEqual(rows);
    }
    expect(await store.readSessionEvents(sessionId, 24, 24)).toEqual([stored[23]]);
    expect(await store.appendSessionEvents(sessionId, [])).toEqual([]);
    expect(await store.appendSessionEvents(sessionId, appends[0] ?? [])).toEqual([]);
    const [next] = await store.appendSessionEvents(sessionId, [{ id: "new", recordJson: "{}" }]);
    expect(next).toEqual({ sessionId, seq: 26, id: "new", recordJson: "{}" });
  });

  test("[HIST-1] [CRASH-4] the logs we keep are summed up by their number, first and newest record", async () => {
    const database = await context.harness.create();
    expect(await database.store.summarizeSessionEvents()).toEqual([]);
    await database.store.appendSessionEvents("s-2", [{ id: "only", recordJson: "{}" }]);
    await database.store.appendSessionEvents(
      "s-1",
      Array.from({ length: 11 }, (_, n) => ({ id: `r${n}`, recordJson: `{"n":${n}}` })),
    );
    const reopened = await database.reopen();
    expect(await reopened.summarizeSessionEvents()).toEqual([
      {
        sessionId: "s-1",
        count: 11,
        first: { sessionId: "s-1", seq: 1, id: "r0", recordJson: `{"n":0}` },
        last: { sessionId: "s-1", seq: 11, id: "r10", recordJson: `{"n":10}` },
      },
      {
        sessionId: "s-2",
        count: 1,
        first: { sessionId: "s-2", seq: 1, id: "only", recordJson: "{}" },
        last: { sessionId: "s-2", seq: 1, id: "only", recordJson: "{}" },
      },
    ]);
    await database.dispose();
  });

  test("[AGENT-13] [CRASH-4] agent processes are known per machine until they are gone", async () => {
    const { store } = context.shared;
    const host = uniqueId("host-");
    const [first, reused] = [agentProcessRow({ host, runId: "r-1" }), agentProcessRow({ host, pidStartedAt: "999" })];
    await store.addAgentProcess({ ...first, runId: undefined });
    await store.addAgentProcess(first);
    await store.addAgentProcess(reused);
    await store.addAgentProcess(agentProcessRow());
    expect(await store.listAgentProcesses(host)).toEqual(expect.arrayContaining([first, reused]));
    expect(await store.listAgentProcesses(host)).toHaveLength(2);
    await store.removeAgentProcess(host, first.pid, first.pidStartedAt);
    expect(await store.listAgentProcesses(host)).toEqual([reused]);
  });

  test("[APPROVE-2] of many answers at once the first stands, and every later one gets that one", async () => {
    const { store } = context.shared;
    const request = permissionRow({ replaces: randomUUID() });
    await store.addPermission(request);
    const answers = Array.from({ length: 12 }, (_, n): PermissionResolution => ({
      decision: n % 2 === 0 ? "allow" : "deny",
      scope: "once",
      by: { deviceId: `dev-${n}`, deviceName: `device ${n}` },
      reason: "answered",
      at: T0 + n,
    }));
    const results = await Promise.all(answers.map((answer) => store.resolvePermission(request.requestId, answer)));
    const winner = answers[results.findIndex((result) => result?.isFirst === true)];
    expect(results.filter((result) => result?.isFirst === true)).toHaveLength(1);
    for (const result of results) expect(result?.resolution).toEqual(winner);
    const late: PermissionResolution = { decision: "deny", scope: "once", reason: "expired", at: T0 + 99 };
    expect(await store.resolvePermission(request.requestId, late)).toEqual({ isFirst: false, resolution: winner });
    expect(await store.findPermission(request.requestId)).toEqual({ ...request, resolution: winner });
    expect(await store.resolvePermission(randomUUID(), late)).toBeUndefined();
    expect(await store.findPermission(randomUUID())).toBeUndefined();
  });

  test("[APPROVE-7] [CRASH-4] open questions are listed oldest first, over a restart, until they are resolved", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const [later, earlier] = [permissionRow({ createdAt: T0 + 1 }), permissionRow()];
    const granted = permissionRow({ resolution: { decision: "allow", scope: "session", reason: "granted", at: T0 } });
    for (const row of [later, earlier, granted]) await store.addPermission(row);
    const reopened = await database.reopen();
    expect(await reopened.listPendingPermissions()).toEqual([earlier, later]);
    expect(await reopened.findPermission(granted.requestId)).toEqual(granted);
    const resolution: PermissionResolution = {
      decision: "deny",
      scope: "once",
      reason: "server_restarted",
      at: T0 + 5,
    };
    expect(await reopened.resolvePermission(earlier.requestId, resolution)).toEqual({ isFirst: true, resolution });
    expect(await reopened.listPendingPermissions()).toEqual([later]);
    await database.dispose();
  });
}
