import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createAgentMark, isOrphanMark } from "../../src/process/agent-mark.ts";
import { endProcessTree } from "../../src/process/end-process-tree.ts";
import { AGENT_MARK, readProcessTable, type ProcessRow } from "../../src/process/process-table.ts";
import { processesOf } from "../../src/process/process-tree.ts";
import { sweepOrphans } from "../../src/process/sweep-orphans.ts";
import { living } from "../support/agent-world.ts";

const row = (pid: number, parentPid: number, groupId: number, rest: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  parentPid,
  groupId,
  isZombie: false,
  startedAt: 0,
  mark: undefined,
  ...rest,
});
const none: ReadonlySet<number> = new Set();

test("[CAN-2] a tree is its children in any group, its groups, and what carries its mark", () => {
  const table = [
    row(process.pid, 1, process.pid, { mark: "m" }),
    row(100, process.pid, 100),
    row(101, 100, 101), // moved to a group of its own
    row(102, 1, 101), // in that group, its parent gone
    row(103, 1, 103, { mark: "m" }), // all of its parents gone
    row(104, 103, 104),
    row(105, 100, 100, { isZombie: true }),
    row(200, 1, 200),
    row(201, process.pid, process.pid),
  ];
  const found = processesOf(table, { pid: 100, mark: "m", hasEnded: false, known: none });
  expect(found).toEqual(new Set([100, 101, 102, 103, 104]));
});

test("[CAN-2] a pid given to another process since is left alone", () => {
  const table = [row(100, 1, 100), row(101, 100, 100), row(102, 1, 102, { mark: "m" })];
  expect([...processesOf(table, { pid: 100, mark: "m", hasEnded: true, known: none })]).toEqual([102]);
});

test.each(["proc", "ps"] as const)("[CAN-2] %s shows parents, groups, start and mark of a process", async (source) => {
  const mark = await createAgentMark(randomUUID);
  const child = spawn("sleep", ["60"], {
    detached: true,
    stdio: "ignore",
    env: { PATH: process.env["PATH"], [AGENT_MARK]: mark },
  });
  await once(child, "spawn");
  // Until it has become `sleep`, it still shows this process's environment.
  await expect.poll(async () => (await readProcessTable(source)).find(({ pid }) => pid === child.pid)?.mark).toBe(mark);
  const found = (await readProcessTable(source)).find(({ pid }) => pid === child.pid);
  expect(found).toMatchObject({ parentPid: process.pid, groupId: child.pid, isZombie: false });
  expect(Math.abs((found?.startedAt ?? 0) - Date.now() / 1000)).toBeLessThan(10);
  expect(isOrphanMark(mark, await readProcessTable(source))).toBe(false);
  child.kill("SIGKILL");
  await once(child, "exit");
});

test("[CAN-2] the root is asked first, then told with SIGTERM, and a tree that obeys is not killed", async () => {
  const mark = await createAgentMark(randomUUID);
  const script =
    "process.on('SIGTERM', () => process.exit(7)); process.stdout.write('on'); setInterval(() => {}, 1000)";
  const env = { [AGENT_MARK]: mark };
  const child = spawn(process.execPath, ["-e", script], { detached: true, stdio: ["ignore", "pipe", "ignore"], env });
  await once(child.stdout, "data");
  let asked = 0;
  const ended = once(child, "exit");
  const hasEnded = () => child.exitCode !== null;
  await endProcessTree({ pid: child.pid!, mark, hasEnded, graceMs: 3000, ask: () => void (asked += 1) });
  expect([asked, (await ended)[0]]).toEqual([1, 7]);
});

test("[CAN-3] agents of a starter that was killed are swept, agents of a living one are not", async () => {
  const own = await createAgentMark(randomUUID);
  const keep = spawn("sleep", ["60"], {
    detached: true,
    stdio: "ignore",
    env: { PATH: process.env["PATH"], [AGENT_MARK]: own },
  });
  const orphan = `${keep.pid! + 4_000_000}:1:${randomUUID()}`; // no process has such a number
  const script = "process.on('SIGTERM', () => {}); process.stdout.write('on'); setInterval(() => {}, 1000)";
  const env = { [AGENT_MARK]: orphan };
  const lost = spawn(process.execPath, ["-e", script], { detached: true, stdio: ["ignore", "pipe", "ignore"], env });
  const ended = once(lost, "exit");
  await once(lost.stdout, "data");
  // How many there are is not asked: a driver in another test sweeps before it starts an agent.
  await sweepOrphans({ graceMs: 50 });
  expect((await ended)[1]).toBe("SIGKILL");
  expect(await living([keep.pid!])).toHaveLength(1);
  keep.kill("SIGKILL");
  await once(keep, "exit");
});
