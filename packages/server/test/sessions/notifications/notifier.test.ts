import { afterEach, beforeEach, expect, test } from "vitest";
import { PushReceiver, hmacOf } from "../../support/push-receiver.ts";
import { NotifierWorld, SESSION } from "./notifier-world.ts";

let receiver: PushReceiver;
let worlds: NotifierWorld[];
beforeEach(async () => {
  receiver = await PushReceiver.start();
  worlds = [];
});
afterEach(async () => {
  for (const world of worlds) await world.stop();
  await receiver.stop();
});

function createWorld(...[targets, options]: ConstructorParameters<typeof NotifierWorld>): NotifierWorld {
  const world = new NotifierWorld(targets, options);
  worlds.push(world);
  return world;
}

function webhook(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    kind: "webhook",
    address: `${receiver.url}/hook?for=anna`,
    events: ["needs_input", "turn_complete", "failed"],
    ...changes,
  };
}

test("[PUSH-2] [PUSH-3] a webhook gets the event as JSON, signed when there is a secret, without any text of the session", async () => {
  const world = createWorld([webhook({ secret: "hush" })]);
  world.complete();
  await world.gather();
  await receiver.count(1);
  await world.settle();
  const [push] = receiver.received;
  expect(push).toMatchObject({
    method: "POST",
    path: "/hook?for=anna",
    headers: { "content-type": "application/json" },
  });
  expect(push?.headers["x-parlatory-signature"]).toBe(hmacOf(push?.body ?? Buffer.alloc(0), "hush"));
  expect(receiver.bodies).toEqual([
    {
      event: "turn_complete",
      event_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      session_id: SESSION,
      session_name: "Fix the cart",
      agent: "claude",
      at: "2026-03-01T12:00:00.000Z",
      priority: "normal",
      title: "Fix the cart",
      body: "The agent has finished.",
      url: `https://parl.example.org/#/sessions/${SESSION}`,
    },
  ]);
  expect(world.counts).toEqual(["webhook sent"]);
});

test("[PUSH-2] events have fixed phrases and priorities; only include_text adds the summary or 200 code points of the reply", async () => {
  const world = createWorld([webhook(), webhook({ address: `${receiver.url}/text`, include_text: true })]);
  world.ask("q-1", "Bash npm publish --token=abc");
  await world.settle();
  world.complete("🎉".repeat(300), "phone", "another-session");
  world.notifier.failed({ sessionId: "third-session", clientSessionId: "phone", text: "" });
  await world.gather();
  await receiver.count(6);
  await world.settle();
  const said = (path: string) =>
    receiver.received
      .filter((push) => push.path.startsWith(path))
      .map((push) => JSON.parse(push.body.toString()) as Record<string, unknown>)
      .map(({ event, priority, title, body }) => ({ event, priority, title, body }));
  const question = { event: "needs_input", priority: "high", title: "Fix the cart" };
  const reply = { event: "turn_complete", priority: "normal", title: "Parlatory" };
  const failure = { event: "failed", priority: "normal", title: "Parlatory", body: "The prompt has failed." };
  expect(said("/hook")).toEqual([
    { ...question, body: "The agent asks for your permission." },
    { ...reply, body: "The agent has finished." },
    failure,
  ]);
  expect(said("/text")).toEqual([
    { ...question, body: "The agent asks for your permission.\nBash npm publish --token=abc" },
    { ...reply, body: `The agent has finished.\n${"🎉".repeat(200)}` },
    failure,
  ]);
  expect(receiver.received[0]?.headers["x-parlatory-signature"]).toBeUndefined();
});

test("[PUSH-1] [PUSH-2] an ntfy topic gets the text, with title, priority and address in its headers", async () => {
  const world = createWorld([{ kind: "ntfy", address: `${receiver.url}/my-topic`, token: "tk_1" }]);
  world.ask("q-1");
  await receiver.count(1);
  await world.settle();
  const [push] = receiver.received;
  expect(push?.body.toString()).toBe("The agent asks for your permission.");
  expect(push).toMatchObject({
    path: "/my-topic",
    headers: {
      "x-title": "Fix the cart",
      "x-priority": "high",
      "x-click": `https://parl.example.org/#/sessions/${SESSION}`,
      authorization: "Bearer tk_1",
    },
  });
});

test("[PUSH-1] a target hears of its events only, and without targets nothing leaves the machine", async () => {
  let requests = 0;
  const nothing = createWorld([], {
    fetch: () => {
      requests += 1;
      return Promise.reject(new Error("no"));
    },
  });
  nothing.ask("q-1");
  nothing.complete();
  await nothing.gather();
  expect(requests).toBe(0);
  expect(nothing.counts).toEqual([]);

  const world = createWorld([webhook({ events: ["failed"] })]);
  world.ask("q-1");
  world.complete("x", "phone", "another-session");
  world.notifier.failed({ sessionId: SESSION, clientSessionId: "phone", text: "" });
  await world.gather();
  await receiver.count(1);
  await world.settle();
  expect(receiver.bodies.map(({ event }) => event)).toEqual(["failed"]);
});

test("[PUSH-4] an attempt that fails is made three times with growing delays under one event id, then the notification is dropped and counted", async () => {
  const world = createWorld([webhook()]);
  receiver.answers.push(503, 429, "reset", 200);
  world.ask("q-1");
  await receiver.count(1);
  await world.settle();
  await world.time.advance(1_999);
  expect(receiver.received).toHaveLength(1);
  await world.time.advance(1);
  await receiver.count(2);
  await world.settle();
  await world.time.advance(14_999);
  expect(receiver.received).toHaveLength(2);
  await world.time.advance(1);
  await receiver.count(3);
  await world.settle();
  await world.time.advance(600_000);
  expect(receiver.received).toHaveLength(3);
  expect(new Set(receiver.bodies.map(({ event_id: id }) => id)).size).toBe(1);
  expect(world.counts).toEqual(["webhook gave_up"]);
  // What is told next is told as if nothing had been.
  world.ask("q-2");
  await receiver.count(4);
  await world.settle();
  expect(world.counts).toEqual(["webhook gave_up", "webhook sent"]);
});

test("[PUSH-4] what is refused for good is not tried again, and no redirect is followed", async () => {
  const world = createWorld([webhook()]);
  receiver.headers = { location: `${receiver.url}/elsewhere` };
  for (const [index, status] of [400, 302, 307].entries()) {
    receiver.answers.push(status);
    world.ask(`q-${index}`, "x", `session ${index}`);
    await receiver.count(index + 1);
    await world.settle();
    await world.time.advance(60_000);
  }
  expect(receiver.received.map(({ path }) => path)).toEqual(["/hook?for=anna", "/hook?for=anna", "/hook?for=anna"]);
  expect(world.counts).toEqual(["webhook refused", "webhook refused", "webhook refused"]);
});

test("[PUSH-4] an attempt has ten seconds; the next one is made after it", async () => {
  const world = createWorld([webhook()]);
  receiver.answers.push("hang");
  world.ask("q-1");
  await receiver.count(1);
  await world.time.advance(10_000);
  await world.settle();
  await world.time.advance(2_000);
  await receiver.count(2);
  await world.settle();
  expect(world.counts).toEqual(["webhook sent"]);
});

test("[PUSH-4] a target that hangs keeps neither its caller nor other targets waiting, and what waits for it is bounded", async () => {
  const slow = await PushReceiver.start();
  slow.answers.push("hang");
  const world = createWorld([webhook({ address: slow.url }), webhook()]);
  for (let n = 0; n < 60; n++) {
    world.ask(`q-${n}`, "x", `session ${n}`);
    // The other target has each of them while the first still waits for its answer.
    await receiver.count(n + 1);
  }
  await slow.count(1);
  await expect.poll(() => world.counts.filter((count) => count === "webhook sent")).toHaveLength(60);
  // One is under way and fifty wait; the oldest of the rest were given up.
  expect(world.counts.filter((count) => count === "webhook too_many")).toHaveLength(9);
  await world.notifier.stop();
  expect(world.counts.filter((count) => count === "webhook stopped")).toHaveLength(51);
  expect(slow.received).toHaveLength(1);
  await slow.stop();
});

test("[PUSH-4] nothing of a notifier goes on after it was stopped", async () => {
  const world = createWorld([webhook()]);
  receiver.answers.push(500);
  world.complete();
  world.ask("q-1", "x", "another-session");
  await receiver.count(1);
  await world.settle();
  await world.notifier.stop();
  world.ask("q-2", "x", "third-session");
  world.complete();
  await world.time.advance(600_000);
  await world.settle();
  expect(receiver.received).toHaveLength(1);
  expect(world.counts).toEqual(["webhook stopped"]);
});

test("[PUSH-5] the end of a turn is withheld while a socket of the prompting client session is open, a question is not", async () => {
  const world = createWorld([webhook()]);
  world.openClients.add("phone");
  world.complete();
  world.notifier.failed({ sessionId: SESSION, clientSessionId: "phone", text: "" });
  await world.gather();
  world.complete("x", "laptop");
  // It may also be opened before the notification goes out.
  world.openClients.add("laptop");
  await world.gather();
  expect(receiver.received).toEqual([]);
  world.ask("q-1");
  await receiver.count(1);
  await world.settle();
  world.openClients.clear();
  world.complete();
  await world.gather();
  await receiver.count(2);
  await world.settle();
  expect(receiver.bodies.map(({ event }) => event)).toEqual(["needs_input", "turn_complete"]);
});

test("[PUSH-5] several ends within ten seconds in one session become one, the last; sessions do not mix", async () => {
  const world = createWorld([webhook({ include_text: true })]);
  world.complete("first");
  await world.time.advance(5_000);
  world.notifier.failed({ sessionId: SESSION, clientSessionId: "phone", text: "second" });
  world.complete("other", "phone", "another-session");
  await world.time.advance(4_999);
  expect(receiver.received).toEqual([]);
  await world.time.advance(1);
  await receiver.count(1);
  await world.settle();
  await world.gather();
  await receiver.count(2);
  await world.settle();
  expect(receiver.bodies.map(({ body }) => body)).toEqual([
    "The prompt has failed.\nsecond",
    "The agent has finished.\nother",
  ]);
});

test("[PUSH-5] questions within ten seconds are one, told at once; an end that was gathered becomes one with it", async () => {
  const world = createWorld([webhook()]);
  world.complete();
  world.ask("q-1");
  await receiver.count(1);
  await world.settle();
  await world.time.advance(3_000);
  world.ask("q-2");
  world.ask("q-3");
  await world.gather();
  await world.gather();
  expect(receiver.bodies.map(({ event }) => event)).toEqual(["needs_input"]);
  world.ask("q-4");
  await receiver.count(2);
  await world.settle();
});

test("[PUSH-5] a question that comes after an answered one within the ten seconds is told when they are over, if it is still open", async () => {
  const world = createWorld([webhook({ include_text: true })]);
  world.ask("q-1", "first");
  await receiver.count(1);
  await world.settle();
  world.notifier.inputResolved({ sessionId: SESSION, requestId: "q-1" });
  world.ask("q-2", "second");
  world.ask("q-3", "third");
  world.notifier.inputResolved({ sessionId: SESSION, requestId: "q-3" });
  await world.gather();
  await receiver.count(2);
  await world.settle();
  expect(receiver.bodies.map(({ body }) => body)).toEqual([
    "The agent asks for your permission.\nfirst",
    "The agent asks for your permission.\nsecond",
  ]);
  world.notifier.inputResolved({ sessionId: SESSION, requestId: "q-2" });
  world.ask("q-4");
  world.notifier.inputResolved({ sessionId: SESSION, requestId: "q-4" });
  world.complete();
  await world.gather();
  await receiver.count(3);
  await world.settle();
  expect(receiver.bodies.at(-1)).toMatchObject({ event: "turn_complete" });
});

test("[PUSH-5] quiet hours hold back all but questions, by the clock on the wall of the server", async () => {
  // 12:00 UTC is 21:00 in Tokyo.
  const world = createWorld([webhook({ quiet_hours: "21:00-07:30" })], { timeZone: "Asia/Tokyo" });
  world.complete();
  await world.gather();
  world.ask("q-1", "x", "another-session");
  await receiver.count(1);
  await world.settle();
  await world.time.advance(Date.UTC(2026, 2, 1, 22, 30) - world.time.now() - 10_001);
  world.complete("held back");
  await world.time.advance(10_000);
  await world.settle();
  expect(receiver.received).toHaveLength(1);
  await world.time.advance(1);
  world.complete("told");
  await world.gather();
  await receiver.count(2);
  await world.settle();
  expect(receiver.bodies.map(({ event }) => event)).toEqual(["needs_input", "turn_complete"]);
});

test("[PUSH-4] [AUTH-11] neither addresses nor secrets are in the log, and a failure of the store fails no run", async () => {
  const world = createWorld(
    [webhook({ secret: "hush-hush" }), { kind: "ntfy", address: `${receiver.url}/secret-topic`, token: "tk_1" }],
    {
      failingStore: true,
    },
  );
  receiver.answers.push(400, 410);
  world.ask("q-1", "Bash npm publish --token=abc");
  await receiver.count(2);
  await world.settle();
  expect(world.counts.toSorted()).toEqual(["ntfy gone", "web_push gave_up", "webhook refused"].toSorted());
  expect(world.log.lines.length).toBeGreaterThan(2);
  for (const secret of ["hush-hush", "secret-topic", "tk_1", "for=anna", "127.0.0.1", "npm publish"]) {
    expect(world.log.text).not.toContain(secret);
  }
});
