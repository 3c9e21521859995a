import { expect, test } from "vitest";
import { pathOf, readPush } from "../../../src/offline/worker/push-notification.ts";

const id = "0c5a3a52-7ab4-4a3e-9a3f-0a6a4f0b8f11";

test("[PUSH-2] a push names its session, replaces the one before of it, and stays while an agent waits", () => {
  const push = {
    event: "needs_input",
    session_id: id,
    title: "parser",
    body: "Bash wants to run",
    url: `/sessions/${id}`,
  };
  const { title, options, needsInput } = readPush(JSON.stringify({ ...push, at: "2026-03-01T09:00:00.000Z" }));
  expect([title, needsInput, options.timestamp]).toEqual(["parser", true, Date.UTC(2026, 2, 1, 9)]);
  expect(options).toMatchObject({
    body: "Bash wants to run",
    tag: id,
    renotify: true,
    requireInteraction: true,
    data: { path: `/sessions/${id}` },
  });
  expect(readPush(JSON.stringify({ ...push, event: "turn_complete" }))).toMatchObject({
    needsInput: false,
    options: { requireInteraction: false },
  });
});

test("whatever a push says something is shown, since a browser takes the right away from an app that shows nothing", () => {
  for (const text of [undefined, "", "no json", "null", "[]", '{"title":7,"body":{},"at":"never","url":3}']) {
    const { title, options } = readPush(text);
    expect([title, options.body, options.tag, options.data.path]).toEqual([
      "Parlatory",
      "Something happened in a session.",
      "parlatory",
      "/sessions",
    ]);
    expect(options).not.toHaveProperty("timestamp");
  }
});

test("a tap leads to a session of this very app, wherever the push points", () => {
  expect(pathOf(`https://elsewhere.example/sessions/${id.toUpperCase()}?a#b`)).toBe(`/sessions/${id}`);
  for (const address of [undefined, 1, "https://[", "/settings", `/sessions/${id}/x`, "javascript:alert(1)"]) {
    expect(pathOf(address)).toBe("/sessions");
  }
});
