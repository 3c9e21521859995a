import { expect, test } from "vitest";
import { OwnPrompts } from "../../src/sessions/own-prompts.ts";

test("[HIST-8] prompts of the store and of this server are its own; the oldest are forgotten for newer ones", async () => {
  const prompts = await OwnPrompts.load({ listPromptIds: (limit) => Promise.resolve(limit > 1 ? ["stored"] : []) });
  expect([prompts.has("stored"), prompts.has("other")]).toEqual([true, false]);
  for (let n = 0; n < 99_999; n++) prompts.note(`new ${n}`);
  expect(prompts.has("stored")).toBe(true);
  prompts.note("one more");
  expect([prompts.has("stored"), prompts.has("new 0"), prompts.has("one more")]).toEqual([false, true, true]);
});
