// The remote on a real agent of the Agent Client Protocol: it keeps no files that we read, so its log is our own.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acpAgents } from "./acp-agents.ts";
import { RemoteWorld } from "./remote-world.ts";

const agent = acpAgents.find(({ name }) => name === "codex-acp")!;
let world: RemoteWorld;

beforeEach(async ({ skip }) => {
  skip(agent.program === undefined, `${agent.name} is not installed`);
  world = await RemoteWorld.start({
    scenario: {
      rules: [
        {
          name: "tool",
          when: { user: "run: (.*)$", toolResult: false, tools: true },
          reply: { text: "I will.", tool: agent.shell("{{1}}") },
        },
        { name: "tool result", when: { toolResult: true }, reply: "it said {{toolResult}}" },
        { name: "held", when: { user: "^wait", tools: true }, reply: { text: "never seen", hold: true } },
      ],
      fallback: "You said {{user}}",
    },
    settings: ({ home, model }) => {
      const agentHome = join(home, "agent");
      mkdirSync(agentHome);
      return {
        agents: {
          codex: {
            driver: "acp",
            command: [agent.program, ...agent.arguments].join(" "),
            env: agent.environment(agentHome, model.url),
          },
        },
      };
    },
  });
});
afterEach(async () => {
  if (agent.program !== undefined) await world.end();
});

test("[AGENT-14] [HIST-1] [PROMPT-13] [APPROVE-8] prompt, cancel and permission on a real ACP agent, with history over a restart", async () => {
  const phone = await world.connect("phone");
  phone.send({ type: "prompt", text: "hello", agent: "codex", working_directory: world.project });
  const ack = await phone.next("ack");
  expect(ack).toMatchObject({ agent: "codex", created: true });
  const sessionId = ack.session_id!;
  phone.send({ type: "subscribe", session_id: sessionId });
  expect(await phone.next("response")).toMatchObject({ success: true, text: "You said hello" });
  expect(phone.messages(sessionId).map(({ role, text }) => [role, text])).toEqual([
    ["user", "hello"],
    ["assistant", "You said hello"],
  ]);

  phone.send({ type: "prompt", text: "wait", session_id: sessionId });
  await phone.next("ack");
  await expect.poll(() => world.model.requests.some(({ rule }) => rule === "held"), { timeout: 30_000 }).toBe(true);
  phone.send({ type: "interrupt_session", session_id: sessionId });
  expect(await phone.next("response")).toMatchObject({ success: false, error: "Interrupted", aborted: true });

  phone.send({ type: "prompt", text: "run: touch made; echo made", session_id: sessionId });
  const asked = await phone.next("permission_request");
  expect(asked).toMatchObject({ session_id: sessionId });
  phone.send({ type: "permission_response", request_id: asked.request_id, decision: "allow" });
  expect(await phone.next("response")).toMatchObject({ success: true, text: expect.stringContaining("it said") });
  expect(existsSync(join(world.project, "made"))).toBe(true);

  const before = phone.messages(sessionId);
  await world.killServer();
  await world.startServer();
  const back = await world.connect("phone");
  back.send({ type: "subscribe", session_id: sessionId });
  await back.next("session_history");
  expect(back.messages(sessionId)).toEqual(before);
  back.send({ type: "prompt", text: "still there?", session_id: sessionId });
  expect(await back.next("response")).toMatchObject({ success: true });
}, 180_000);
