import { afterEach, beforeEach, expect, test } from "vitest";
import { RunsWorld } from "../../support/runs-world/runs-world.ts";

let world: RunsWorld;

beforeEach(async () => {
  world = await RunsWorld.open();
});

afterEach(async () => {
  await world.close();
  expect(world.errors).toEqual([]);
});

test("[PROMPT-4] [PROMPT-8] [PROMPT-12] a prompt without an id makes a session, runs and is answered", async () => {
  const server = await world.startServer();
  const accepted = await server.prompt("hello");
  expect(accepted).toMatchObject({ outcome: "accepted", created: true, agent: "main", modeApplied: "run" });
  const [result] = await world.until(() => server.results().length > 0 && server.results());
  expect(result).toMatchObject({
    success: true,
    text: "echo: hello",
    sessionId: accepted.sessionId,
    ending: "success",
  });
  expect(await world.store.findLease(accepted.sessionId)).toBeUndefined();
});
