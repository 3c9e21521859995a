/** The client against a server whose frames are lost, doubled and swapped: the same history, each answer once, no prompt twice. */
import { expect, test } from "vitest";
import fc from "fast-check";
import { RecentIds } from "../../src/receiving/received-ids.ts";
import { createNodePlatform } from "../../src/node/node-platform.ts";
import { RemoteClient } from "../../src/remote/remote-client.ts";
import { CLIENT_SESSION, SESSION } from "./support/remote-fixture.ts";
import { ModelRemote, type ModelFaults } from "./support/model-remote.ts";

const PROMPTS = 3;

interface Outcome {
  readonly frames: number;
}

/** Others write, this client prompts, and in the end everything has arrived. */
async function runScenario(faults: ModelFaults): Promise<Outcome> {
  const server = await ModelRemote.start(faults);
  server.append(7);
  const stored: string[] = [];
  const client = new RemoteClient({
    url: server.url,
    clientSessionId: CLIENT_SESSION,
    platform: createNodePlatform(),
    storedAnswerIds: new RecentIds(),
    storeAnswer: (answer) => void stored.push(answer.messageId),
  });
  // Nobody waits for a delay here: whenever the connection is lost, the app comes forward.
  client.on("connection", ({ name }) => {
    if (name === "waiting") queueMicrotask(() => client.wake());
  });
  const { view } = client.follow(SESSION);
  try {
    const handles = [client.prompt({ text: "written offline", sessionId: SESSION })];
    client.connect();
    await handles[0]?.outcome;
    server.append(5);
    for (let n = 1; n < PROMPTS; n += 1) {
      const handle = client.prompt({ text: `prompt ${n}`, sessionId: SESSION, mode: "queue" });
      handles.push(handle);
      await handle.outcome;
      server.append(2);
    }
    await until(client, () => {
      const last = view.messages.at(-1);
      return (
        view.logId === server.logId &&
        view.missing.length === 0 &&
        last?.seq === server.log.length &&
        server.queue.length === 0
      );
    });

    // From where the first answer began, nothing is missing, nothing is double, nothing is of another log.
    expect(view.messages.map(({ id }) => id)).toEqual(
      server.log.slice((view.messages[0]?.seq ?? 1) - 1).map(({ id }) => id),
    );
    expect(view.cursor?.seq).toBe(server.log.length);
    expect(stored).toHaveLength(PROMPTS);
    expect(new Set(stored).size).toBe(PROMPTS);
    expect([...server.runs.keys()]).toEqual(handles.map(({ promptId }) => promptId));
    expect([...server.runs.values()]).toEqual(handles.map(() => 1));
    expect({ prompts: client.prompts, own: client.ownPrompts(SESSION), lock: client.lockOf(SESSION) }).toEqual({
      prompts: [],
      own: [],
      lock: undefined,
    });
    return { frames: server.frames };
  } finally {
    await client.close();
    await server.stop();
  }
}

/** Resolves when it holds; asked again after whatever happens to the client, and after each round trip to the server. */
async function until(client: RemoteClient, holds: () => boolean): Promise<void> {
  while (!holds()) {
    // A question makes a round trip; what fails with the connection is asked again on the next one.
    await client.untilReady(10_000);
    await client.sessions.info(SESSION).catch(() => undefined);
  }
}

test("[CLIENT-2] [CLIENT-3] [CLIENT-5] cut after any frame, history, answers and prompts end up the same", async () => {
  const { frames } = await runScenario({ cuts: [], noise: [], resets: [] });
  expect(frames).toBeGreaterThan(25);
  for (let cutAt = 1; cutAt <= frames; cutAt += 1) {
    await runScenario({ cuts: [cutAt], noise: [], resets: [] });
  }
}, 60_000);

test("[CLIENT-3] a log that begins anew, cut after any frame, is the only one that is left", async () => {
  const resets = [2];
  const { frames } = await runScenario({ cuts: [], noise: [], resets });
  expect(frames).toBeGreaterThan(25);
  for (let cutAt = 1; cutAt <= frames; cutAt += 1) await runScenario({ cuts: [cutAt], noise: [], resets });
}, 60_000);

test("[CLIENT-2] [CLIENT-3] [CLIENT-4] [CLIENT-5] doubled and swapped frames, and cuts anywhere, change nothing either", async () => {
  const faults = fc.record({
    cuts: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 6 }),
    noise: fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 1, maxLength: 20 }),
    resets: fc.constant<number[]>([]),
  });
  await fc.assert(
    fc.asyncProperty(faults, async (drawn) => void (await runScenario(drawn))),
    { numRuns: 60 },
  );
}, 60_000);
