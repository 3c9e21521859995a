import type { PermissionRequest, PermissionResolution } from "@parlatory/client";
import { expect, test } from "vitest";
import {
  SESSION,
  TIME,
  catchUpNext,
  caughtUp,
  cut,
  eventOf,
  openRemote,
  settled,
} from "../../../client/test/remote/support/remote-fixture.ts";
import { describeDecision } from "../../src/approvals/describe-decision.ts";
import { PermissionDesk } from "../../src/remote/permission-desk.ts";

function request(number: number, changes: Partial<PermissionRequest> = {}): PermissionRequest {
  return {
    type: "permission_request",
    request_id: `00000000-0000-4000-8000-00000000000${number}`,
    session_id: SESSION,
    run_id: "0a0a0a0a-0000-4000-8000-000000000001",
    tool_name: "Bash",
    input: { command: "npm publish" },
    summary: `Bash ${number}`,
    created_at: `2026-03-01T09:0${number}:00.000Z`,
    expires_at: "2026-03-01T09:20:00.000Z",
    ...changes,
  };
}

function resolution(number: number, changes: Partial<PermissionResolution> = {}): PermissionResolution {
  return {
    type: "permission_resolved",
    request_id: request(number).request_id,
    session_id: SESSION,
    decision: "allow",
    scope: "once",
    by: { device_id: "dev-2", device_name: "Anna's phone" },
    reason: "answered",
    at: TIME,
    ...changes,
  };
}

async function openDesk() {
  const fixture = await openRemote();
  const desk = new PermissionDesk(fixture.client);
  const connection = await caughtUp(fixture);
  return { fixture, desk, connection };
}

test("[APPROVE-1] open questions are listed oldest first, whatever the order of their coming", async () => {
  const { fixture, desk, connection } = await openDesk();
  for (const number of [2, 1, 3, 2]) connection.send(request(number));
  await settled(fixture.client, connection);
  expect(desk.open.map(({ summary }) => summary)).toEqual(["Bash 1", "Bash 2", "Bash 3"]);
});

test("[APPROVE-2] what another device decided leaves the open ones and says by whom", async () => {
  const { fixture, desk, connection } = await openDesk();
  let told = 0;
  const stop = desk.subscribe(() => (told += 1));
  connection.send(request(1));
  connection.send(resolution(1));
  connection.send(resolution(1));
  await settled(fixture.client, connection);
  expect(desk.open).toEqual([]);
  expect(desk.decisions.map(describeDecision)).toEqual(["Allowed by Anna's phone"]);
  expect(told).toBe(3);
  stop();
});

test("[APPROVE-2] a late answer shows the decision that stands, and that it was late", async () => {
  const { fixture, desk, connection } = await openDesk();
  connection.send(request(1));
  await settled(fixture.client, connection);
  const answering = desk.answer({ requestId: request(1).request_id, decision: "deny" });
  const { correlation_id: id } = await connection.nextOf("permission_response");
  // What was decided is told to all, then to whoever came too late.
  connection.send(resolution(1));
  connection.send({ ...resolution(1), correlation_id: id });
  expect(await answering).toMatchObject({ decision: "allow" });
  expect(desk.decisions.map(describeDecision)).toEqual(["Allowed by Anna's phone; your answer came too late"]);
});

test("[APPROVE-2] the own answer that stands is one's own", async () => {
  const { fixture, desk, connection } = await openDesk();
  connection.send(request(1));
  await settled(fixture.client, connection);
  const answering = desk.answer({ requestId: request(1).request_id, decision: "allow", scope: "session" });
  const { correlation_id: id } = await connection.nextOf("permission_response");
  const by = { device_id: "dev-1", device_name: "This one" };
  connection.send({ ...resolution(1, { by, scope: "session" }), correlation_id: id });
  await answering;
  expect(desk.decisions.map(describeDecision)).toEqual(["Allowed for the session by you"]);
});

test("[APPROVE-1] over a lost connection questions stay; what was decided meanwhile is found out by asking", async () => {
  const { fixture, desk, connection } = await openDesk();
  connection.send(request(1));
  connection.send(request(2));
  await settled(fixture.client, connection);
  await cut(fixture, connection);
  expect(desk.open).toHaveLength(2);
  fixture.clock.advance(2_000);
  const again = await catchUpNext(fixture);
  const { correlation_id: id } = await again.nextOf("list_permissions");
  expect(desk.open).toHaveLength(2);
  again.send({ ...request(2), correlation_id: id });
  again.send({ type: "ack", message: "1 pending", correlation_id: id });
  await settled(fixture.client, again);
  expect(desk.open.map(({ summary }) => summary)).toEqual(["Bash 2"]);
  expect(desk.decisions.map(describeDecision)).toEqual(["Decided while this browser was offline"]);
});

test("[APPROVE-5] what expired, ended with its run or was granted before says so", async () => {
  const { fixture, desk, connection } = await openDesk();
  const reasons = ["expired", "run_ended", "server_restarted", "granted"] as const;
  for (const [index, reason] of reasons.entries()) {
    connection.send(request(index + 1));
    connection.send(resolution(index + 1, { reason, by: null, decision: reason === "granted" ? "allow" : "deny" }));
  }
  await settled(fixture.client, connection);
  expect(desk.decisions.map(describeDecision).toReversed()).toEqual([
    "Expired: nobody answered in time, so it was denied",
    "Not needed any more: the run has ended",
    "Denied: the server was restarted",
    "Allowed: the tool was allowed for the session before",
  ]);
});

test("decisions are remembered up to a bound, the newest of them", async () => {
  const { fixture, desk, connection } = await openDesk();
  for (let count = 0; count < 60; count++) {
    const id = `00000000-0000-4000-8000-0000000001${String(count).padStart(2, "0")}`;
    connection.send(request(1, { request_id: id, summary: `Bash ${count}` }));
    connection.send(resolution(1, { request_id: id }));
  }
  await settled(fixture.client, connection);
  expect(desk.decisions).toHaveLength(50);
  expect(desk.decisions[0]?.request.summary).toBe("Bash 59");
});

test("an answer that could not be sent leaves the question open", async () => {
  const { fixture, desk, connection } = await openDesk();
  connection.send(request(1));
  await settled(fixture.client, connection);
  const answering = desk.answer({ requestId: request(1).request_id, decision: "allow" });
  await connection.nextOf("permission_response");
  answering.catch(() => undefined);
  const down = eventOf(fixture.client, "down");
  connection.cut();
  await down;
  await expect(answering).rejects.toMatchObject({ code: "connection_lost" });
  expect(desk.open).toHaveLength(1);
});
