/** The client against the real server, with the agent that needs nothing. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer } from "@parlatory/server";
import { expect, test } from "vitest";
import { createNodePlatform } from "../../src/node/node-platform.ts";
import { spokenText } from "../../src/remote/history/spoken-text.ts";
import { RemoteClient } from "../../src/remote/remote-client.ts";
import type { RemoteClientOptions } from "../../src/remote/remote-client-options.ts";
import { CLIENT_SESSION, closeLater, eventOf, failureOf } from "./support/remote-fixture.ts";

interface RealRemote {
  readonly home: string;
  open(options?: Partial<RemoteClientOptions>): Promise<RemoteClient>;
  /** Stops the server and starts it again on the same port and database. */
  restart(): Promise<void>;
}

async function openRealRemote(): Promise<RealRemote> {
  const home = await mkdtemp(join(tmpdir(), "parl-remote-client-"));
  closeLater(() => rm(home, { recursive: true, force: true }));
  const start = (port: string): Promise<RunningServer> =>
    startServer({
      env: {
        PARL_HOME: home,
        HOME: home,
        PARL_PORT: port,
        PARL_REMOTE_DEFAULT_AGENT: "echo",
        PARL_REMOTE_DRAIN_S: "0",
      },
      writeLog: () => undefined,
    });
  const real = { server: await start("0") };
  closeLater(() => real.server.stop());
  const apiKey = (await readFile(join(home, "remote-key"), "utf8")).trim();
  return {
    home,
    async open(options = {}) {
      const client = new RemoteClient({
        url: real.server.url,
        clientSessionId: CLIENT_SESSION,
        apiKey,
        platform: createNodePlatform(),
        ...options,
      });
      closeLater(() => client.close());
      const caughtUp = eventOf(client, "caughtUp");
      client.connect();
      await client.untilReady();
      await caughtUp;
      return client;
    },
    async restart() {
      const { port } = real.server;
      await real.server.stop();
      real.server = await start(String(port));
    },
  };
}

test("[CLIENT-5] [CLIENT-6] [CLIENT-7] [CLIENT-8] a prompt, its history and its answer", async () => {
  const remote = await openRealRemote();
  const client = await remote.open();
  const spoken: string[] = [];
  client.on("history", ({ added, isLive }) => {
    for (const message of added) spoken.push(...[spokenText(message, { isLive })].filter((text) => text !== undefined));
  });
  const first = client.prompt({ text: "hello", agent: "echo", workingDirectory: remote.home });
  expect(client.ownPrompts(first.sessionId)).toHaveLength(1);
  expect(await first.accepted).toMatchObject({ created: true, agent: "echo", modeApplied: "run" });
  expect(await first.outcome).toMatchObject({ success: true, text: "echo: hello", sessionId: first.sessionId });

  const { view } = client.follow(first.sessionId);
  await eventOf(client, "historySettled");
  const unlocked = eventOf(client, "turn_complete");
  const second = client.prompt({ text: "again", sessionId: first.sessionId });
  expect(client.lockOf(first.sessionId)).toBeDefined();
  expect(await second.outcome).toMatchObject({ text: "echo: again" });
  await unlocked;
  expect(client.lockOf(first.sessionId)).toBeUndefined();
  expect(view.messages.map(({ text }) => text)).toEqual(["hello", "echo: hello", "again", "echo: again"]);
  expect(view.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(spoken).toEqual(["echo: again"]);
  expect(client.ownPrompts(first.sessionId)).toEqual([]);
});

test("[CLIENT-1] [CLIENT-2] [CLIENT-3] over a restart of the server: the history goes on, the answer comes once", async () => {
  const remote = await openRealRemote();
  const client = await remote.open();
  const answers: string[] = [];
  client.on("answer", ({ promptId }) => answers.push(promptId));
  const first = client.prompt({ text: "before", agent: "echo", workingDirectory: remote.home });
  await first.outcome;
  const { view } = client.follow(first.sessionId);
  await eventOf(client, "historySettled");
  const logId = view.logId;

  const down = eventOf(client, "down");
  const restarting = remote.restart();
  await down;
  const second = client.prompt({ text: "written offline", sessionId: first.sessionId });
  await restarting;
  client.wake();
  expect(await second.outcome).toMatchObject({ success: true, text: "echo: written offline" });
  expect(view.messages.map(({ text }) => text)).toEqual([
    "before",
    "echo: before",
    "written offline",
    "echo: written offline",
  ]);
  expect(view.logId).toBe(logId);
  expect(answers).toEqual([first.promptId, second.promptId]);
  await client.close();

  // What was acknowledged is not told again, not even to a client that remembers nothing.
  const fresh = await remote.open();
  const told: string[] = [];
  fresh.on("answer", ({ promptId }) => told.push(promptId));
  await fresh.sessions.info(first.sessionId);
  expect(told).toEqual([]);
});

test("[CLIENT-2] an answer that was not taken waits for the next connection of the client session", async () => {
  const remote = await openRealRemote();
  const storing = Promise.withResolvers<void>();
  const deaf = await remote.open({ storeAnswer: () => storing.promise });
  const response = eventOf(deaf, "response");
  const handle = deaf.prompt({ text: "hello", agent: "echo", workingDirectory: remote.home });
  await response;
  const stored: string[] = [];
  const next = await remote.open({ storeAnswer: (answer) => void stored.push(answer.messageId) });
  // The replay came before the client had caught up.
  expect(stored).toEqual([(await response).message_id]);
  storing.resolve();
  expect(await handle.outcome).toMatchObject({ text: "echo: hello" });
  await next.close();
});

test("a permission, a project command and a wrong key", async () => {
  const remote = await openRealRemote();
  const client = await remote.open();
  const asked = eventOf(client, "permission_request");
  const handle = client.prompt({
    text: '/ask Bash {"command":"ls"} go on',
    agent: "echo",
    workingDirectory: remote.home,
  });
  const { request_id: requestId } = await asked;
  expect(await client.permissions.list()).toMatchObject([{ request_id: requestId, tool_name: "Bash" }]);
  expect(await client.permissions.answer({ requestId, decision: "deny", message: "not now" })).toMatchObject({
    decision: "deny",
    reason: "answered",
  });
  expect(await handle.outcome).toMatchObject({ success: true, text: "denied: not now" });

  const run = await client.commands.start("git.status", remote.home);
  const lines: string[] = [];
  run.listen({ lines: (given) => void lines.push(...given.map(({ text }) => text)) });
  expect((await run.ended).exitCode).toBe(128);
  expect(lines.join("\n")).toContain("not a git repository");
  expect((await client.commands.output(run.commandSessionId)).output).toBe(`${lines.join("\n")}\n`);
  expect(await failureOf(client.commands.start("nosuch", remote.home))).toMatchObject({
    message: "Unknown command: nosuch",
  });

  expect(await failureOf(remote.open({ apiKey: "x".repeat(43) }))).toMatchObject({ code: "not_allowed" });
});
