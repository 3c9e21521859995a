import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Inbox } from "../../src/mcp/inbox.ts";
import type { MessageMode } from "../../src/mcp/message-mode.ts";
import { PushPump } from "../../src/mcp/push-pump.ts";
import { StateNotes } from "../../src/mcp/state-note.ts";
import { Channel, type ChannelNotification } from "../../src/mcp/ways-in/channel.ts";
import { createSessionSocket } from "../../src/mcp/ways-in/session-socket.ts";
import { arrival } from "./support/arrival.ts";
import { FakeSession } from "./support/fake-session.ts";
import { eventually } from "./support/mesh-world.ts";

let folder: string;
let session: FakeSession;
const stop: (() => void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "parl-pump-"));
  session = await FakeSession.open(join(folder, "s.sock"));
});
afterEach(async () => {
  for (const one of stop.splice(0)) one();
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

function pumpOf(mode: MessageMode, { socket = true } = {}) {
  const rung: ChannelNotification[] = [];
  const surfaced: string[] = [];
  const logged: string[] = [];
  const channel = new Channel((notification) => rung.push(notification), 0);
  const inbox = new Inbox({ onArrival: () => pump.handleArrival() });
  const notes = new StateNotes();
  const writeToSession = socket ? createSessionSocket({ path: session.path, token: session.token }) : undefined;
  const pump = new PushPump({
    mode,
    inbox,
    notes,
    channel,
    writeToSession,
    nowMs: () => 0,
    log: (line) => logged.push(line),
    batchMs: 5,
  });
  channel.handleInitialized();
  stop.push(
    () => pump.close(),
    () => channel.close(),
  );
  const add = (id: string, digest = false, text?: string) =>
    inbox.add({
      message: arrival(id, text === undefined ? {} : { text }, surfaced),
      meshId: "m1",
      meshSlug: "team",
      digest,
    });
  return { add, inbox, pump, rung, surfaced, logged };
}

test("[MCP-9] after a failure mail that somebody else took does not keep the next one from the socket", async () => {
  const { add, inbox, surfaced, logged, rung } = pumpOf("push");
  session.behaviour = "refuse";
  add("first");
  await eventually(() => (logged.length > 0 ? true : undefined));
  expect(logged[0]).toMatch(/inbox socket .*; trying again in 1000 ms/);
  await eventually(() => (rung.length > 0 ? true : undefined));
  inbox.take(inbox.waiting()).confirm();
  session.behaviour = "accept";
  add("second");
  await eventually(() => (surfaced.includes("second") ? true : undefined));
  expect(surfaced).toEqual(["first", "second"]);
  expect(session.texts).toHaveLength(1);
});

test("[MCP-9] many long messages go in portions, in order, and one longer than a portion goes too", async () => {
  const { add, surfaced } = pumpOf("push");
  const ids = Array.from({ length: 12 }, (_, index) => `id-${String(index).padStart(2, "0")}`);
  for (const id of ids) add(id, false, "x".repeat(12_000));
  add("huge", false, "<".repeat(40_000));
  await eventually(() => (surfaced.length === 13 ? true : undefined));
  expect(surfaced).toEqual([...ids, "huge"]);
  for (const text of session.texts.slice(0, -1)) expect(Buffer.byteLength(text)).toBeLessThan(70_000);
  expect(session.texts.length).toBeGreaterThan(2);
});

test("[MCP-10] [MCP-11] in mode inbox digests alone ring nothing, and a notice names each message once", async () => {
  const { add, surfaced, inbox } = pumpOf("inbox");
  add("low", true);
  add("next");
  await eventually(() => (session.texts.length > 0 ? true : undefined));
  add("later");
  await eventually(() => (session.texts.length > 1 ? true : undefined));
  expect(session.texts.map((text) => text.split(" from ")[0])).toEqual(["2 new messages", "1 new message"]);
  expect(surfaced).toEqual([]);
  expect(inbox.waiting()).toHaveLength(3);
});

test("[MCP-9] without a socket each message rings once and stays; what was taken meanwhile does not ring", async () => {
  const { add, inbox, rung, surfaced } = pumpOf("push", { socket: false });
  add("a");
  await eventually(() => (rung.length === 1 ? true : undefined));
  add("b");
  await eventually(() => (rung.length === 2 ? true : undefined));
  expect(rung.map(({ params }) => params.meta["message_id"])).toEqual(["a", "b"]);
  expect(inbox.waiting().map((entry) => entry.possiblySeen)).toEqual([true, true]);
  expect(surfaced).toEqual([]);
});
