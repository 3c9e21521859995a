import { expect, test } from "vitest";
import type { AgentEvent } from "../src/agent-event.ts";
import { EventQueue } from "../src/event-queue.ts";

const tool = (id: number): AgentEvent => ({ type: "tool_finished", toolUseId: String(id), failed: false });

async function drain(queue: EventQueue): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  for await (const event of queue) events.push(event);
  return events;
}

test("[STR-1] a reader gets events in order, before and after it began to wait", async () => {
  const queue = new EventQueue();
  queue.push(tool(1));
  const read = drain(queue);
  await Promise.resolve();
  queue.push(tool(2));
  queue.end();
  expect(await read).toEqual([tool(1), tool(2)]);
});

test("[STR-2] for a slow reader text is joined, the oldest other events are counted, and no text is lost", async () => {
  const queue = new EventQueue(10);
  for (let index = 0; index < 100; index += 1) {
    queue.push({ type: "output_delta", text: `${index};` });
    queue.push(tool(index));
  }
  queue.end();
  const events = await drain(queue);
  const text = events.map((event) => (event.type === "output_delta" ? event.text : "")).join("");
  expect(text).toBe(Array.from({ length: 100 }, (_, index) => `${index};`).join(""));
  const dropped = events.filter((event) => event.type === "events_dropped");
  expect(dropped).toHaveLength(1);
  const kept = events.filter((event) => event.type === "tool_finished");
  expect(kept.at(-1)).toEqual(tool(99));
  expect(kept.length + (dropped[0]?.count ?? 0)).toBe(100);
  expect(events.length).toBeLessThan(30);
});

test("[STR-3] a reader that leaves early holds nothing", async () => {
  const queue = new EventQueue();
  queue.push(tool(1));
  const reader = queue[Symbol.asyncIterator]();
  await reader.next();
  await reader.return();
  queue.push(tool(2));
  queue.end();
  expect(await drain(queue)).toEqual([]);
});

test("[AGENT-2] however slow its reader is, no message, no question and no confirmation of a prompt is dropped", async () => {
  const queue = new EventQueue(4);
  const message = (id: number): AgentEvent => ({ type: "message", id: String(id), role: "assistant", blocks: [] });
  const seen = (id: number): AgentEvent => ({ type: "prompt_seen", messageUuid: String(id) });
  const question = (id: number): AgentEvent => ({
    type: "permission_question",
    questionId: String(id),
    toolName: "t",
    input: {},
  });
  const ids = Array.from({ length: 50 }, (_, id) => id);
  for (const id of ids) for (const make of [seen, message, tool, question]) queue.push(make(id));
  queue.end();
  const events = await drain(queue);
  for (const make of [seen, message, question]) {
    expect(events.filter(({ type }) => type === make(0).type)).toEqual(ids.map(make));
  }
  expect(events.filter(({ type }) => type === "tool_finished").length).toBeLessThan(5);
});
