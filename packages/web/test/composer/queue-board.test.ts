import type { OutboxPrompt } from "@parlatory/client";
import { expect, test } from "vitest";
import { listWaitingPrompts } from "../../src/composer/list-waiting-prompts.ts";
import { QueueBoard } from "../../src/composer/queue-board.ts";

const places = (board: QueueBoard): unknown[] =>
  board.queued("s").map(({ promptId, position }) => `${promptId}${position}`);

function queuedBoard(...ids: string[]): QueueBoard {
  const board = new QueueBoard();
  for (const [index, promptId] of ids.entries()) {
    board.note({ promptId, sessionId: "s", state: "queued", position: index + 1 });
  }
  return board;
}

test("[PROMPT-10] places move up when one before them begins or is taken back", () => {
  const board = queuedBoard("a", "b", "c");
  board.note({ promptId: "a", sessionId: "s", state: "running", position: undefined });
  expect(places(board)).toEqual(["b1", "c2"]);
  board.note({ promptId: "b", sessionId: "s", state: "cancelled", position: undefined });
  expect(places(board)).toEqual(["c1"]);
  expect(board.get("b")).toBeUndefined();
  expect(board.get("a")?.state).toBe("running");
});

test("[PROMPT-10] one that interrupts goes before all others", () => {
  const board = queuedBoard("a", "b");
  board.note({ promptId: "now", sessionId: "s", state: "queued", position: 1 });
  expect(places(board)).toEqual(["now1", "a2", "b3"]);
});

test("what is told twice moves nothing, and sessions do not move each other", () => {
  const board = queuedBoard("a", "b");
  board.note({ promptId: "a", sessionId: "s", state: "queued", position: 1 });
  board.note({ promptId: "b", sessionId: "s", state: "queued", position: undefined });
  board.note({ promptId: "x", sessionId: "t", state: "queued", position: 1 });
  board.note({ promptId: "x", sessionId: "t", state: "running", position: undefined });
  expect(places(board)).toEqual(["a1", "b2"]);
});

test("after a lost connection only what is still waited for keeps its place", () => {
  const board = queuedBoard("a", "b");
  board.forgetOthers(new Set(["b"]));
  expect(places(board)).toEqual(["b2"]);
});

test("the oldest places go when there are very many", () => {
  const board = new QueueBoard();
  for (let index = 0; index <= 500; index += 1) {
    board.note({ promptId: `p${index}`, sessionId: `s${index}`, state: "running", position: undefined });
  }
  expect(board.get("p0")).toBeUndefined();
  expect(board.get("p500")).toBeDefined();
});

function prompt(promptId: string, state: OutboxPrompt["state"], sessionId = "s"): OutboxPrompt {
  const message = { type: "prompt", text: promptId } as const;
  return { promptId, sessionId, message, writtenAt: 0, isAccepted: state === "accepted", wasOffline: false, state };
}

test("own prompts that have not begun are listed: queued ones by place, then those that are still here", () => {
  const board = queuedBoard("b", "a");
  board.note({ promptId: "r", sessionId: "s", state: "running", position: undefined });
  const prompts = [
    prompt("r", "accepted"),
    prompt("a", "accepted"),
    prompt("b", "accepted"),
    prompt("sent", "sent"),
    prompt("here", "waiting"),
    prompt("x", "waiting", "t"),
  ];
  const listed = listWaitingPrompts(prompts, "s", board, 2);
  expect(listed.map((entry) => [entry.prompt.promptId, entry.where, entry.position])).toEqual([
    ["b", "queued", 1],
    ["a", "queued", 2],
    ["here", "here", undefined],
  ]);
});

test("of prompts of before a reload the newest are taken for the queued ones, as many as the server counts", () => {
  const prompts = [prompt("ran", "accepted"), prompt("q1", "accepted"), prompt("q2", "accepted")];
  const idsWith = (count: number): string[] =>
    listWaitingPrompts(prompts, "s", new QueueBoard(), count).map((entry) => entry.prompt.promptId);
  expect(idsWith(2)).toEqual(["q1", "q2"]);
  expect(idsWith(0)).toEqual([]);
});
