import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { AGENT_MARK, readProcessStart } from "@parlatory/agents";
import { afterEach, expect, test } from "vitest";
import { createProcessWatch } from "../../../src/sessions/runs/process-watch.ts";

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
});

/** A process that has said that it runs, and ignores SIGTERM if it is told to. */
async function start(mark: string, isStubborn = false): Promise<{ pid: number; pidStartedAt: string; mark: string }> {
  const ignore = isStubborn ? `process.on("SIGTERM", () => undefined);` : "";
  const child = spawn(process.execPath, ["-e", `${ignore}setInterval(() => undefined, 1000);console.log("up")`], {
    env: { ...process.env, [AGENT_MARK]: mark },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  children.push(child);
  await once(child.stdout!, "data");
  const pid = child.pid!;
  return { pid, pidStartedAt: (await readProcessStart(pid))!, mark };
}

test("[LOCK-4] a process is told by its pid and its start: another one that has the pid is another", async () => {
  const watch = createProcessWatch();
  const { pid, pidStartedAt } = await start("recorded:1:1:a");
  expect(await watch.isAlive(pid, pidStartedAt)).toBe(true);
  expect(await watch.isAlive(pid, String(Number(pidStartedAt) - 3_600))).toBe(false);
});

test("[AGENT-13] an agent whose server is gone is an orphan, one of a living server is none", async () => {
  const watch = createProcessWatch();
  const own = `${process.pid}:${await readProcessStart(process.pid)}:b`;
  expect(await watch.isOrphan({ pid: 1, pidStartedAt: "0", mark: `recorded:${own}` })).toBe(false);
  expect(await watch.isOrphan({ pid: 1, pidStartedAt: "0", mark: "recorded:1:1:b" })).toBe(true);
});

test("[AGENT-13] it is ended, by force when it does not obey, and then known to be gone", async () => {
  const watch = createProcessWatch();
  const agent = await start("recorded:1:1:c", true);
  expect(await watch.isAgentAlive(agent)).toBe(true);
  await watch.end(agent, 100);
  expect(await watch.isAgentAlive(agent)).toBe(false);
  await watch.end(agent, 100);
});

test("[AGENT-13] a process that only has the pid of an agent that is gone is left alone", async () => {
  const watch = createProcessWatch();
  const bystander = await start("recorded:1:1:other");
  const gone = {
    pid: bystander.pid,
    pidStartedAt: String(Number(bystander.pidStartedAt) - 3_600),
    mark: "recorded:1:1:d",
  };
  expect(await watch.isAgentAlive(gone)).toBe(false);
  await watch.end(gone, 100);
  expect(await watch.isAlive(bystander.pid, bystander.pidStartedAt)).toBe(true);
});
