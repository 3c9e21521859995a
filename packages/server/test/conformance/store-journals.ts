import { createHash } from "node:crypto";
import type { MeshId } from "@parlatory/protocol";
import { expect, test } from "vitest";
import type { AuditRow, EventRow } from "../../src/store/store.ts";
import { T0, batchOf, meshRow, messageRow, recipientRow } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

export function testJournals(context: ConformanceContext): void {
  async function newMesh() {
    const mesh = meshRow();
    await context.shared.store.createMesh(mesh);
    return mesh.id;
  }

  test("[OBS-3] chains audit entries by the hash of the previous one and canonical JSON", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const meshId = meshRow().id;
    const first = await store.appendAudit({
      meshId,
      actor: "ad\0min",
      event: "mesh_created",
      data: { b: 1, a: ["ü", null, { z: 1e21, y: "\u0000" }], gone: undefined },
      at: T0,
    });
    const second = await store.appendAudit({ actor: "token:ci", event: "token_created", data: {}, at: T0 + 1 });
    const canonical = `{"actor":"ad\ufffdmin","at":${T0},"data":{"a":["ü",null,{"y":"\\u0000","z":1e+21}],"b":1},"event":"mesh_created","meshId":"${meshId}","seq":1}`;
    expect(first.hash).toBe(createHash("sha256").update("0".repeat(64)).update(canonical).digest("hex"));
    expect(second).toMatchObject({ seq: 2, prevHash: first.hash });
    const reopened = await database.reopen();
    expect(await reopened.listAudit({ limit: 10 })).toEqual([first, second]);
    expect(await reopened.listAudit({ limit: 10, meshId })).toEqual([first]);
    expect(await reopened.listAudit({ limit: 10, since: 1 })).toEqual([second]);
    expect(await reopened.listAudit({ limit: 1 })).toEqual([first]);
    expect(await reopened.verifyAudit()).toEqual({ chain: "ok" });
    await database.dispose();
  });

  test("[HTTP-15] finds any change, removal or insertion in the audit log", async () => {
    const damages: [string, number][] = [
      ["UPDATE audit_log SET actor = 'mallory' WHERE seq = 3", 3],
      ["UPDATE audit_log SET data = '{}' WHERE seq = 2", 2],
      ["UPDATE audit_log SET data = 'no json' WHERE seq = 2", 2],
      ["UPDATE audit_log SET mesh_id = NULL WHERE seq = 1", 1],
      ["DELETE FROM audit_log WHERE seq = 2", 2],
      ["DELETE FROM audit_log WHERE seq = 1", 1],
      ["UPDATE audit_log SET hash = prev_hash WHERE seq = 4", 4],
      ["UPDATE audit_log SET seq = 9 WHERE seq = 5", 5],
    ];
    const database = await context.harness.create();
    for (let index = 1; index <= 5; index++) {
      await database.store.appendAudit({
        meshId: "mesh" as MeshId,
        actor: "owner",
        event: "invite_created",
        data: { index },
        at: T0 + index,
      });
    }
    await database.execute("CREATE TABLE intact AS SELECT * FROM audit_log");
    for (const [damage, at] of damages) {
      await database.execute(damage);
      expect({ damage, ...(await database.store.verifyAudit()) }).toEqual({ damage, chain: "broken", at });
      await database.execute("DELETE FROM audit_log");
      await database.execute("INSERT INTO audit_log SELECT * FROM intact");
    }
    expect(await database.store.verifyAudit()).toEqual({ chain: "ok" });
    await database.dispose();
  });

  test("[OBS-3] entries appended at once make one chain, longer than a page", async () => {
    const database = await context.harness.create();
    const rows: AuditRow[] = [];
    while (rows.length < 1_050) {
      const append = () =>
        database.store.appendAudit({ actor: "a", event: "e", data: { before: rows.length }, at: T0 });
      rows.push(...(await Promise.all(Array.from({ length: 50 }, append))));
    }
    expect(new Set(rows.map(({ seq }) => seq)).size).toBe(1_050);
    expect(await database.store.verifyAudit()).toEqual({ chain: "ok" });
    const listed: AuditRow[] = await database.store.listAudit({ limit: 2_000 });
    expect(listed.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_050 }, (_, index) => index + 1));
    await database.dispose();
  });

  test("[HTTP-17] reads events after a position in order, and tells first kept and last used", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    expect(await store.readEvents(meshId, 0, 10)).toEqual({ events: [], firstSeq: 0, lastSeq: 0 });
    const events = Array.from({ length: 5 }, (_, index): EventRow => ({
      meshId,
      seq: index + 3,
      type: "state_change",
      data: `{"key":"ü\\u0000","n":${index}}`,
      at: T0 + index,
    }));
    await store.commit(batchOf({ events: events.slice(0, 2) }));
    await store.commit(
      batchOf({
        events: [...events.slice(2), { meshId: await newMesh(), seq: 4, type: "peer_left", data: "{}", at: T0 }],
      }),
    );
    expect(await store.readEvents(meshId, 0, 10)).toEqual({ events, firstSeq: 3, lastSeq: 7 });
    expect(await store.readEvents(meshId, 4, 2)).toEqual({ events: events.slice(2, 4), firstSeq: 3, lastSeq: 7 });
    expect(await store.readEvents(meshId, 7, 10)).toEqual({ events: [], firstSeq: 3, lastSeq: 7 });
  });

  test("[HTTP-12] lists logged texts newest first, only of messages that have one", async () => {
    const { store } = context.shared;
    const meshId = await newMesh();
    const bob = recipientRow(meshId);
    const logged = [1, 3, 4].map((seq) =>
      messageRow(meshId, seq, {
        recipients: [bob.rid],
        kind: "broadcast",
        targetSpec: "*",
        enc: "none",
        logText: `text ${seq}`,
      }),
    );
    await store.commit(batchOf({ recipients: [bob], messages: [...logged, messageRow(meshId, 2)] }));
    const rows = logged.toReversed().map(({ id, senderName, targetSpec, kind, priority, logText, createdAt }) => ({
      id,
      senderName,
      targetSpec,
      kind,
      priority,
      text: logText,
      createdAt,
    }));
    expect(await store.listLoggedMessages(meshId, undefined, 10)).toEqual(rows);
    expect(await store.listLoggedMessages(meshId, undefined, 2)).toEqual(rows.slice(0, 2));
    expect(await store.listLoggedMessages(meshId, rows[1]?.id, 10)).toEqual(rows.slice(2));
    expect(await store.listLoggedMessages(meshId, "unknown", 10)).toEqual([]);
    // A duplicate is no message, so it is not logged.
    const original = messageRow(meshId, 5, { clientMessageId: "cm", logText: "once" });
    await store.commit(batchOf({ messages: [original] }));
    await store.commit(batchOf({ messages: [messageRow(meshId, 6, { clientMessageId: "cm", logText: "twice" })] }));
    expect((await store.listLoggedMessages(meshId, undefined, 1))[0]?.text).toBe("once");
  });
}
