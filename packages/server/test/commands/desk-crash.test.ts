import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { readProcessStart, readProcessTable } from "@parlatory/agents";
import { expect, test } from "vitest";
import type { StartedCommand } from "../../src/commands/command-desk.ts";
import { COMMAND_SESSION_VARIABLE } from "../../src/commands/execution/command-environment.ts";
import type { CommandProcesses } from "../../src/commands/execution/command-processes.ts";
import { DeskWorld } from "./support/desk-world.ts";

/** The clock of the machine: what was left is looked for in its own process table. */
const soon = {
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run: () => void) => void setImmediate(run),
};

const byStart: CommandProcesses = { startOf: readProcessStart, marked: () => Promise.resolve([]) };
const byMark: CommandProcesses = {
  startOf: () => Promise.resolve(undefined),
  marked: async () =>
    (await readProcessTable(undefined, COMMAND_SESSION_VARIABLE)).flatMap(({ pid, mark, isZombie }) =>
      mark === undefined || isZombie ? [] : [{ pid, commandSessionId: mark }],
    ),
};

test.each([
  ["its recorded pid and start", byStart],
  ["its id in the environment", byMark],
])(
  "[CMD-14] [CRASH-4] a command of a server that was killed is found by %s, ended, and closed",
  async (_how, processes) => {
    const world = await DeskWorld.create();
    await world.addScripts({
      wait: `process.on("SIGTERM", () => 0); console.log("pid " + process.pid); setInterval(() => undefined, 1000);`,
    });
    await world.stop();
    const main = join(import.meta.dirname, "support", "desk-main.ts");
    const server = fork(main, [world.historyFolder, world.project, world.programs, "npm.wait"], {
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    let started: StartedCommand | undefined;
    let pid = 0;
    server.on("message", (message: { started?: StartedCommand; lines?: string[] }) => {
      started = message.started ?? started;
      pid = Number(message.lines?.[0]?.slice("pid ".length) ?? pid);
    });
    await expect.poll(() => started !== undefined && pid > 0, { timeout: 15_000 }).toBe(true);
    const id = started?.commandSessionId ?? "";
    // Written down in a turn of its own, after the command was told to run.
    await expect.poll(async () => (await world.index())[id]?.["pid"], { timeout: 10_000 }).toBe(pid);
    server.kill("SIGKILL");
    await once(server, "exit");
    expect(await readProcessStart(pid)).toBe((await world.index())[id]?.["pid_started_at"]);

    await world.open({ processes, scheduler: soon });
    expect(await readProcessStart(pid)).toBeUndefined();
    const { entries } = await world.desk.history({ limit: 50 });
    expect(entries).toMatchObject([
      { commandSessionId: id, exitCode: 137, isInterrupted: true, outputPreview: `pid ${pid}\n` },
    ]);
    expect(await world.desk.readOutput(id, 0, 1_000)).toMatchObject({ isRunning: false, output: `pid ${pid}\n` });
  },
);
