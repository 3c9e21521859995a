import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually, MeshWorld, type Peer } from "../packages/cli/test/mcp/support/mesh-world.ts";
import { ClaudeProcess, claudeProgram, type ClaudePlan } from "./claude.ts";
import type { FakeRule } from "./fake-anthropic.mjs";

let world: MeshWorld;
let observer: Peer;
let agents: ClaudeProcess[] = [];

beforeEach(async ({ skip }) => {
  skip(claudeProgram === undefined, "claude is not installed");
  world = await MeshWorld.open();
  // Of the sender's member, so that it may read the ledger of what the sender sent.
  observer = await world.peer("ada", { displayName: "observer" });
});
afterEach(async () => {
  if (claudeProgram === undefined) return;
  for (const agent of agents) {
    await (agent.child.exitCode === null && agent.child.signalCode === null ? agent.close() : agent.model.close());
  }
  agents = [];
  await world.end();
});

/** An agent of this member; one of the same name has the same directories, as a resumed one must. */
async function start(
  plan: Omit<ClaudePlan, "directory" | "parlEnv">,
  name: string,
  member: string,
): Promise<ClaudeProcess> {
  const directory = join(world.root, name);
  const home = join(directory, "parl");
  mkdirSync(home, { recursive: true });
  world.writeConfig(home, [world.entry(member)]);
  const parlEnv = { PARL_HOME: home, PARL_DISPLAY_NAME: name, PARL_HOOK_TOKEN: `${name}-`.padEnd(40, "t") };
  const agent = await ClaudeProcess.start({ ...plan, directory, parlEnv });
  agents.push(agent);
  return agent;
}

/** Prompts once, so that the session exists, and waits until it is idle and in the mesh. */
async function settled(agent: ClaudeProcess, name: string): Promise<void> {
  agent.prompt("hello");
  await eventually(() => (agent.results().length > 0 && agent.isIdle ? true : undefined), 30_000);
  await world.present(observer, name);
}

const answersPeers: FakeRule[] = [
  {
    name: "answer",
    when: { user: 'from_id="([0-9a-f]{64})".* id="([^"]+)".*what is six times seven', toolResult: false },
    reply: {
      tool: { name: "mcp__parlatory__send_message", input: { to: "{{1}}", message: "it is 42", reply_to: "{{2}}" } },
    },
  },
  { name: "answered", when: { toolResultOf: "send_message" }, reply: "I answered: {{toolResult}}" },
];
const asksBob: FakeRule[] = [
  {
    name: "ask",
    when: { user: "^ask bob$", toolResult: false },
    reply: {
      tool: { name: "mcp__parlatory__send_message", input: { to: "bob", message: "what is six times seven?" } },
    },
  },
  // The answer may come while the asking turn still runs: then it is part of that turn.
  { name: "got the answer", when: { raw: "it is 42" }, reply: "bob said 42" },
  { name: "asked", when: { toolResultOf: "send_message" }, reply: "asked" },
];

test("[MCP-9] [MCP-6] an idle Claude Code is woken by another one's message and answers it", async () => {
  const bob = await start({ scenario: { rules: answersPeers }, sessionId: randomUUID() }, "bob", "grace");
  const alice = await start({ scenario: { rules: asksBob }, sessionId: randomUUID() }, "alice", "ada");
  await Promise.all([settled(bob, "bob"), settled(alice, "alice")]);
  expect(bob.isIdle).toBe(true);
  const turnsOfBob = bob.results().length;

  alice.prompt("ask bob");
  await eventually(() => (alice.results().includes("bob said 42") ? true : undefined), 60_000);

  // Nobody prompted bob: the message itself began his turn.
  await eventually(() => (bob.results().length > turnsOfBob ? true : undefined));
  expect(bob.results()).toHaveLength(turnsOfBob + 1);
  const woken = bob.userTexts().find((text) => text.includes("what is six times seven?"));
  expect(woken).toContain("not by your user");
  expect(woken).toMatch(/<peer-message from="alice" [^>]*kind="direct"[^>]*>what is six times seven\?<\/peer-message>/);
  const told = alice.userTexts().find((text) => text.includes("bob: "));
  const messageId = /bob: delivered: .*\(id ([^)]+)\)/.exec(told ?? "")?.[1];
  expect(messageId).toBeDefined();
  const ledger = await observer.reaches(messageId!, "replied");
  expect(ledger).toEqual(["accepted", "offered", "surfaced", "replied"]);
  const answer = alice.userTexts().find((text) => text.includes("it is 42"));
  expect(answer).toContain(`reply_to="${messageId}"`);
}, 120_000);

test("[DLV-4] [CRYPTO-4] a Claude Code killed between offer and acknowledgement gets the message exactly once after --resume", async () => {
  const sessionId = randomUUID();
  const scenario = { rules: answersPeers };
  const first = await start({ scenario, sessionId }, "bob", "grace");
  await settled(first, "bob");
  const admin = await world.peer("ada", { displayName: "admin" });
  const mcpPid = (await admin.client.listPeers()).find((row) => row.displayName === "bob")?.pid;
  expect(mcpPid).toBeTypeOf("number");

  // Stopped, the MCP process can take the offer from nobody's hands but not acknowledge it.
  process.kill(mcpPid!, "SIGSTOP");
  const key = await world.present(observer, "bob");
  const sent = await observer.client.send({ targetSpec: key, text: "what is six times seven?" });
  const messageId = sent.outcome === "rejected" ? "" : sent.messageId;
  await observer.reaches(messageId, "offered");
  first.child.kill("SIGKILL");
  process.kill(mcpPid!, "SIGKILL");
  await first.ended;
  await first.model.close();
  expect(first.userTexts().filter((text) => text.includes("six times seven"))).toEqual([]);

  const second = await start({ scenario, sessionId, resume: true }, "bob", "grace");
  second.prompt("hello again");
  await observer.message((message) => message.text === "it is 42");
  expect(await observer.reaches(messageId, "replied")).toEqual([
    "accepted",
    "offered",
    "stored",
    "offered",
    "surfaced",
    "replied",
  ]);
  await eventually(() => (second.isIdle ? true : undefined));
  // A turn more shows the whole history once again: the message is in it exactly once.
  second.prompt("and now?");
  await eventually(
    () => (second.results().at(-1) === "ok" && second.userTexts().at(-1) === "and now?" ? true : undefined),
    30_000,
  );
  expect(second.userTexts().filter((text) => text.includes("six times seven"))).toHaveLength(1);
  const history =
    second.model.requests.findLast((request) => JSON.stringify(request.body?.messages ?? "").includes("and now?"))?.body
      ?.messages ?? [];
  const shown = history.filter(
    (message) => message.role === "user" && JSON.stringify(message.content).includes("<peer-message"),
  );
  expect(shown).toHaveLength(1);
  expect(observer.messages.filter((message) => message.text === "it is 42")).toHaveLength(1);
}, 120_000);

test("[HOOK-24] [STAT-6] mail for a Claude Code that works waits for its stop and is handed over by the hook", async () => {
  const scenario = {
    rules: [...answersPeers, { name: "long work", when: { user: "^work$" }, reply: { text: "worked", hold: true } }],
  };
  const bob = await start({ scenario, sessionId: randomUUID(), hooks: true }, "bob", "grace");
  await settled(bob, "bob");
  bob.prompt("work");
  const key = await world.present(observer, "bob");
  await eventually(
    async () => (await observer.client.listPeers()).find((row) => row.pubkey === key && row.status === "working"),
    30_000,
  );
  const sent = await observer.client.send({ targetSpec: key, text: "what is six times seven?" });
  const messageId = sent.outcome === "rejected" ? "" : sent.messageId;
  expect((await observer.client.messageStatus(messageId)).recipients[0]).toMatchObject({
    state: "held",
    reason: "gate_working",
  });
  await eventually(() => (bob.model.release() > 0 ? true : undefined), 30_000);
  await eventually(() => observer.messages.find((message) => message.text === "it is 42"), 30_000);
  expect(await observer.reaches(messageId, "replied")).toEqual(["accepted", "held", "offered", "surfaced", "replied"]);
  const shown = bob.model.requests.filter((request) => request.rule === "answer");
  expect(shown).toHaveLength(1);
  // As the reason of the blocked stop, not through the session's socket.
  expect(JSON.stringify(shown[0]?.body?.messages?.at(-1))).toContain("Stop hook");
  await eventually(
    async () => (await observer.client.listPeers()).find((row) => row.pubkey === key && row.status === "idle"),
    30_000,
  );
}, 120_000);
