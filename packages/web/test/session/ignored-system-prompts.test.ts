import { expect, test } from "vitest";
import { IgnoredSystemPrompts } from "../../src/session/ignored-system-prompts.ts";
import { memoryStorage } from "../composer/memory-storage.ts";

test("[PROMPT-7] that a system prompt was not taken is remembered until it is read, or a later one is taken", () => {
  const storage = memoryStorage();
  const ignored = new IgnoredSystemPrompts(() => storage);
  let heard = 0;
  ignored.subscribe(() => (heard += 1));
  ignored.note("a", true);
  ignored.note("b", false);
  expect([ignored.has("a"), ignored.has("b")]).toEqual([false, true]);
  expect(new IgnoredSystemPrompts(() => storage).has("b")).toBe(true);
  ignored.note("b", true);
  expect(storage.length).toBe(0);
  expect(heard).toBe(3);
});

test("there is an end to how many are remembered, and what is no list is taken for none", () => {
  const storage = memoryStorage();
  const ignored = new IgnoredSystemPrompts(() => storage);
  for (let index = 0; index <= 50; index += 1) ignored.note(`s${index}`, false);
  expect([ignored.has("s0"), ignored.has("s1"), ignored.has("s50")]).toEqual([false, true, true]);
  for (const text of ["{", "7", "[7]"]) {
    storage.setItem("parlatory.ignored-system-prompts", text);
    expect(ignored.has("s1")).toBe(false);
  }
});
