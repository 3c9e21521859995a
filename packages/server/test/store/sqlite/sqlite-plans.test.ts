import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { expect, test } from "vitest";
import { OPERATIONS } from "../../../src/store/operations/operations.ts";
import { migrateSqlite } from "../../../src/store/sqlite/migrate-sqlite.ts";
import { toSqliteBatch } from "../../../src/store/sqlite/sqlite-batch.ts";
import { commitBatch, settleMessages } from "../../../src/store/sqlite/sqlite-commit.ts";
import { SqliteConnection } from "../../../src/store/sqlite/sqlite-connection.ts";
import { createSqliteSql } from "../../../src/store/sqlite/sqlite-sql.ts";
import {
  T0,
  batchOf,
  memberRow,
  meshRow,
  messageRow,
  presenceRow,
  recipientRow,
  sessionRow,
  stepRow,
} from "../../support/store-rows.ts";

/** A connection that remembers what was asked of it. */
class RecordingConnection extends SqliteConnection {
  readonly texts = new Set<string>();
  override prepare(text: string): StatementSync {
    this.texts.add(text);
    return super.prepare(text);
  }
}

test("[PERF-6] [DB-1] no statement of the hot path scans a table or reads settled messages", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parl-test-plans-"));
  const path = join(folder, "parl.db");
  const connection = new RecordingConnection({ path, role: "writer", durability: "normal", busyTimeoutMs: 1_000 });
  migrateSqlite(connection, path);
  const sql = createSqliteSql(connection);
  const mesh = meshRow();
  await OPERATIONS.createMesh.run(sql, mesh);
  connection.texts.clear();

  const bob = recipientRow(mesh.id);
  const message = messageRow(mesh.id, 1, { recipients: [bob.rid], clientMessageId: "cm", logText: "text" });
  commitBatch(connection, toSqliteBatch(batchOf({ messages: [message], recipients: [bob] })));
  commitBatch(
    connection,
    toSqliteBatch(
      batchOf({
        discard: [message.id],
        messages: [
          messageRow(mesh.id, 2, { clientMessageId: "cm", recipients: [bob.rid] }),
          messageRow(mesh.id, 3, { clientMessageId: "cm" }),
        ],
        steps: [stepRow(mesh.id, { rid: bob.rid })],
        presences: [presenceRow(mesh.id)],
        removedPresences: [presenceRow(mesh.id).id],
        sessions: [sessionRow(mesh.id)],
        helloSeen: [{ key: "k", at: T0 }],
        events: [{ meshId: mesh.id, seq: 1, type: "peer_joined", data: "{}", at: T0 }],
        memberSeen: [{ id: memberRow(mesh.id).id, at: T0 }],
      }),
    ),
  );
  await OPERATIONS.readBodies.run(sql, mesh.id, [2]);
  await OPERATIONS.loadUnsettled.run(sql, mesh.id, 0, 10);
  await OPERATIONS.readLedger.run(sql, message.id);
  await OPERATIONS.findDuplicate.run(sql, mesh.id, message.senderMemberId, "cm");
  settleMessages(connection, mesh.id, [2], T0);

  expect(connection.texts.size).toBeGreaterThan(20);
  const steps = [...connection.texts].flatMap((text) =>
    connection.database
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .all()
      .map(({ detail }) => ({ text, step: String(detail) })),
  );
  // Lists given as parameters are read in full; nothing else is.
  expect(steps.filter(({ step }) => step.startsWith("SCAN") && !step.startsWith("SCAN json_each"))).toEqual([]);
  expect(steps.filter(({ step }) => step.includes("settled_messages"))).toEqual([]);
  const byKey = /\((mesh_id=\? AND seq=\?|id=\?|mesh_id=\? AND sender_member_id=\? AND client_message_id=\?)\)/;
  const onMessages = steps.filter(({ step }) => /SEARCH (m|messages) /.test(step));
  expect(onMessages.length).toBeGreaterThan(3);
  expect(onMessages.filter(({ step }) => !byKey.test(step))).toEqual([]);
  connection.close();
  await rm(folder, { recursive: true });
});
