import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/store/operations/operations.ts";
import { migrateSqlite } from "../../../src/store/sqlite/migrate-sqlite.ts";
import { SqliteConnection } from "../../../src/store/sqlite/sqlite-connection.ts";
import { createSqliteSql } from "../../../src/store/sqlite/sqlite-sql.ts";
import {
  agentProcessRow,
  delivery,
  deviceRow,
  leaseRow,
  outcomeOf,
  permissionRow,
  queueRequest,
  remoteSessionRow,
  runRequest,
} from "../../support/remote-rows.ts";
import { T0 } from "../../support/store-rows.ts";

/** A connection that remembers what was asked of it. */
class RecordingConnection extends SqliteConnection {
  readonly texts = new Set<string>();
  override prepare(text: string): StatementSync {
    this.texts.add(text);
    return super.prepare(text);
  }
}

test("[DB-1] nothing that the remote does for a prompt, a connection or a question reads a table from end to end", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parl-test-plans-"));
  const path = join(folder, "parl.db");
  const connection = new RecordingConnection({ path, role: "writer", durability: "normal", busyTimeoutMs: 1_000 });
  migrateSqlite(connection, path);
  const sql = createSqliteSql(connection);
  connection.texts.clear();
  const operations = OPERATIONS;

  const session = remoteSessionRow();
  const { sessionId } = session;
  await operations.openClientSession.run(sql, "c-1", T0);
  await operations.updateClientSession.run(sql, "c-1", { directory: "/" });
  await operations.setHidden.run(sql, "c-1", sessionId, true);
  await operations.setHidden.run(sql, "c-1", sessionId, false);
  const running = runRequest(sessionId);
  const next = queueRequest(sessionId, { front: true });
  await operations.acceptPrompt.run(sql, running);
  await operations.acceptPrompt.run(sql, queueRequest(sessionId));
  await operations.acceptPrompt.run(sql, next);
  await operations.acceptPrompt.run(sql, runRequest(sessionId));
  await operations.listOpenPrompts.run(sql, sessionId);
  await operations.movePrompt.run(sql, { promptId: running.prompt.promptId, from: ["accepted"], to: "handed" });
  await operations.renewLeases.run(sql, { serverId: "a", runIds: ["r"], expiresAt: T0 });
  await operations.passLease.run(sql, sessionId, "r", leaseRow(sessionId));
  await operations.finishPrompt.run(
    sql,
    outcomeOf(running.prompt.promptId, {
      releaseRunId: running.lease.runId,
      requestJson: "{}",
      delivery: delivery("c-1"),
    }),
  );
  const queue = { clientSessionId: "c-1", now: T0 + 2_000, maxMessages: 0, maxAgeMs: 10_000, gapMessageId: "gap" };
  await operations.listDeliveries.run(sql, queue);
  await operations.acknowledgeDelivery.run(sql, "c-1", "none");
  await operations.findLease.run(sql, sessionId);
  await operations.addSession.run(sql, session);
  await operations.updateSession.run(sql, sessionId, { name: "x" });
  await operations.findNumbering.run(sql, sessionId);
  await operations.saveNumbering.run(sql, { sessionId, logId: "l", fingerprintJson: "{}" });
  await operations.addGrant.run(sql, sessionId, "Bash", T0);
  await operations.removeGrants.run(sql, sessionId, "Bash");
  await operations.removeGrants.run(sql, sessionId);
  const process = agentProcessRow();
  await operations.addAgentProcess.run(sql, process);
  await operations.listAgentProcesses.run(sql, process.host);
  await operations.removeAgentProcess.run(sql, process.host, process.pid, process.pidStartedAt);
  await operations.addPermission.run(sql, permissionRow());
  await operations.listPendingPermissions.run(sql);
  await operations.resolvePermission.run(sql, "q", { decision: "deny", scope: "once", reason: "expired", at: T0 });
  await operations.appendSessionEvents.run(sql, sessionId, [{ id: "e", recordJson: "{}" }]);
  await operations.readSessionEvents.run(sql, sessionId, 1, 2);
  const device = deviceRow();
  await operations.touchDevice.run(sql, device.id, T0, "::1");
  await operations.revokeDevice.run(sql, device.id, T0);

  expect(connection.texts.size).toBeGreaterThan(40);
  const steps = [...connection.texts].flatMap((text) =>
    connection.database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map(({ detail }) => ({ text, step: String(detail) })),
  );
  // Lists given as parameters are read in full, and so is the index that holds the open questions and no other.
  const allowed = /^SCAN (json_each|remote_permissions USING INDEX remote_permissions_pending)/;
  expect(steps.filter(({ step }) => step.startsWith("SCAN") && !allowed.test(step))).toEqual([]);
  const onPrompts = steps.filter(
    ({ step, text }) => step.includes("remote_prompts") && text.includes("finished_at IS NULL"),
  );
  expect(onPrompts.length).toBeGreaterThan(3);
  expect(
    onPrompts.filter(({ step }) => !/remote_prompts_open|prompt_id=\?/.test(step) && !/SEARCH p /.test(step)),
  ).toEqual([]);
  connection.close();
  await rm(folder, { recursive: true });
});
