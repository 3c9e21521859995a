import { spawn } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CommandRefusedError } from "../../src/commands/command-desk.ts";
import { createPathPolicy } from "../../src/path-policy.ts";
import { DeskWorld } from "./support/desk-world.ts";

const forever = "setInterval(() => undefined, 1000);";
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function refusal(promise: Promise<unknown>): Promise<CommandRefusedError> {
  const thrown = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(thrown instanceof CommandRefusedError)) throw new Error("it was not refused", { cause: thrown });
  return thrown;
}

test("[CMD-8] what is missing or blank is named, in the contract's words", async () => {
  const { desk, project } = await DeskWorld.create();
  const ask = (commandId: string, workingDirectory: string) =>
    desk.execute({ commandId, workingDirectory, clientSessionId: "client" });
  for (const blank of ["", " \t"]) {
    await expect(ask(blank, project)).rejects.toMatchObject({
      code: "missing_field",
      message: "command_id required in execute_command message",
    });
    await expect(ask("git.status", blank)).rejects.toMatchObject({
      code: "missing_field",
      message: "working_directory required in execute_command message",
    });
  }
});

test("[CMD-8] [NAME-7] a directory that is none, relative or outside the roots is refused", async () => {
  const world = await DeskWorld.create();
  await world.addFile("file");
  const ask = (workingDirectory: string) =>
    world.desk.execute({ commandId: "git.status", workingDirectory, clientSessionId: "client" });
  for (const path of [join(world.project, "missing"), join(world.project, "file")]) {
    expect(await refusal(ask(path))).toMatchObject({ message: `Directory does not exist: ${path}` });
  }
  await expect(ask("here")).rejects.toMatchObject({ message: "Path must be absolute: here" });
  await world.stop();
  await world.open({ paths: createPathPolicy({ home: world.home, roots: [world.home] }) });
  await expect(ask(world.project)).rejects.toMatchObject({ message: `Directory not allowed: ${world.project}` });
});

test("[CMD-7] only an id that is offered there at that time is executed, whatever the id looks like", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ build: "console.log(1)" });
  for (const id of [
    "npm.gone",
    "git.clone",
    "; rm -rf /",
    "$(touch x)",
    "git.status; ls",
    "--help",
    "npm",
    "__proto__",
    "constructor",
  ]) {
    const refused = await refusal(world.execute(id));
    expect(refused).toMatchObject({ commandId: id, message: `Unknown command: ${id}`, commandSessionId: undefined });
  }
  await world.run("npm.build");
  await world.addFile("package.json", "{}");
  expect((await refusal(world.execute("npm.build"))).message).toBe("Unknown command: npm.build");
});

test("[CMD-9] [CMD-11] started, then all output in the order of reading, then complete", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({
    both: "require('fs').writeSync(1, 'a\\nb\\r\\n'); require('fs').writeSync(2, 'e\\n'); process.exitCode = 3",
  });
  const { lines, end, started } = await world.run("npm.both");
  expect(started).toMatchObject({
    commandId: "npm.both",
    shellCommand: "npm run both",
    workingDirectory: world.project,
  });
  expect(started.commandSessionId).toMatch(/^cmd-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  expect(lines.filter(({ stream }) => stream === "stdout").map(({ text }) => text)).toEqual(["a", "b"]);
  expect(lines.filter(({ stream }) => stream === "stderr").map(({ text }) => text)).toEqual(["e"]);
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(end).toEqual({ exitCode: 3, durationMs: 0 });
  expect(world.heard.at(0)).toBe("started npm.both");
  expect(world.heard.at(-1)).toBe("complete npm.both");
  expect(new Set((await world.logOf(started)).trimEnd().split("\n"))).toEqual(
    new Set(["[stdout] a", "[stdout] b", "[stderr] e"]),
  );
});

test("[NAME-4] ids of runs are `cmd-` and a UUID of their own each", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ a: "" });
  const ids = [await world.run("npm.a"), await world.run("npm.a")].map(({ started }) => started.commandSessionId);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^cmd-[0-9a-f-]{36}$/);
});

test("[CMD-12] a line is in the log before any listener hears it", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ steps: "for (let i = 0; i < 2000; i++) console.log('line ' + i);" });
  const { readFileSync } = await import("node:fs");
  let checked = 0;
  world.desk.listen({
    onOutput: ({ commandSessionId }, lines) => {
      const log = readFileSync(join(world.historyFolder, `${commandSessionId}.log`), "utf8");
      expect(log).toContain(`[stdout] ${lines.at(-1)?.text}\n`);
      checked += lines.length;
    },
  });
  await world.run("npm.steps");
  expect(checked).toBe(2_000);
  expect(world.warnings).toEqual([]);
});

test("[CMD-10] a command leads its own group, has no input, no secrets, and its id in the environment", async () => {
  const world = await DeskWorld.create();
  await world.stop();
  const secrets = {
    PARL_DATABASE_URL: "postgres://u:secret@h/d",
    PARL_METRICS_TOKEN: "secret",
    PARL_ADMIN_TOKEN: "secret",
    PARL_AGENT_MARK: "mark",
    PARL_REMOTE_ANYTHING: "secret",
  };
  await world.open({ environment: { PATH: world.programs, PARL_HOME: "/h", EDITOR: "ed", ...secrets } });
  await world.addScripts({
    show: `const { execFileSync } = require("node:child_process");
      const group = execFileSync("/bin/ps", ["-o", "pgid=", "-p", String(process.pid)]).toString().trim();
      console.log(JSON.stringify({ env: process.env, leads: Number(group) === process.pid, input: require("node:fs").readFileSync(0, "utf8") }));`,
  });
  const { lines, started } = await world.run("npm.show");
  const shown = JSON.parse(lines[0]?.text ?? "") as { env: Record<string, string>; leads: boolean; input: string };
  expect(shown).toMatchObject({ leads: true, input: "" });
  expect(shown.env).toMatchObject({
    PARL_COMMAND_SESSION_ID: started.commandSessionId,
    PARL_HOME: "/h",
    EDITOR: "ed",
    PATH: world.programs,
  });
  expect(JSON.stringify(shown.env)).not.toContain("secret");
  expect(shown.env).not.toHaveProperty("PARL_AGENT_MARK");
});

test("[CMD-10] a signal is told by name and as 128 + its number", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ die: "process.kill(process.pid, 'SIGSEGV'); setInterval(() => 0, 9)" });
  const { end } = await world.run("npm.die");
  expect(end).toMatchObject({ exitCode: 139, signal: "SIGSEGV" });
});

test("[CMD-8] a program that cannot be started is refused with its reason and its entry closed with 127", async () => {
  const world = await DeskWorld.create();
  const { message, commandSessionId, cause } = await refusal(world.execute("git.status"));
  expect(message).toMatch(/^Failed to start git status: .*ENOENT/);
  expect(cause).toMatchObject({ code: "ENOENT" });
  const { entries } = await world.desk.history({ limit: 50 });
  expect(entries).toMatchObject([{ commandSessionId, exitCode: 127, outputPreview: "" }]);
  expect(world.heard).toEqual([]);
});

test("[CMD-8] 64 commands run at once, also of one id, and no more", async () => {
  const world = await DeskWorld.create();
  // A program that is started faster than a runtime.
  await writeFile(join(world.programs, "git"), "#!/bin/sh\nexec /bin/sleep 600\n", { mode: 0o755 });
  const all = await Promise.allSettled(Array.from({ length: 70 }, () => world.execute("git.status")));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(64);
  const refused = all.flatMap((one) => (one.status === "rejected" ? [(one.reason as Error).message] : []));
  expect(refused).toEqual(Array.from({ length: 6 }, () => "Too many running commands"));
  const [first] = world.desk.running("client");
  if (first === undefined) throw new Error("none runs");
  expect(world.desk.kill(first.commandSessionId)).toBe(true);
  await world.finished(first);
  await world.execute("git.status");
});

test("[CMD-14] kill sends SIGTERM to the group and, to what is left of it 2 s later, SIGKILL", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({
    stubborn: `const { spawn } = require("node:child_process");
      process.on("SIGTERM", () => console.log("not yet"));
      const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => 0); console.log('child ' + process.pid); setInterval(() => 0, 1000)"], { stdio: "inherit" });
      ${forever}`,
  });
  const started = await world.execute("npm.stubborn");
  const child = Number((await world.line(started, "child ")).text.slice("child ".length));
  expect(world.desk.kill(started.commandSessionId)).toBe(true);
  await world.line(started, "not yet");
  await world.time.advance(1_999);
  expect(isAlive(child)).toBe(true);
  expect(world.desk.running("client")).toEqual([started]);
  await world.time.advance(1);
  const { end } = await world.finished(started);
  expect(end).toMatchObject({ exitCode: 137, signal: "SIGKILL" });
  // The child held the streams open, and no more time has passed: it was ended too.
  expect(world.desk.kill(started.commandSessionId)).toBe(false);
  expect(world.desk.kill("cmd-unknown")).toBe(false);
});

test("[CMD-14] a command that obeys SIGTERM is complete at once", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ polite: `process.on("SIGTERM", () => process.exit(5)); console.log("up"); ${forever}` });
  const started = await world.execute("npm.polite");
  await world.line(started, "up");
  world.desk.kill(started.commandSessionId);
  expect((await world.finished(started)).end).toEqual({ exitCode: 5, durationMs: 0 });
});

test("[CMD-9] a grandchild that keeps the streams open is read for 2 s after the command's exit", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({
    leave: `const { spawn } = require("node:child_process");
      const script = "process.stdout.on('error', () => process.exit()); setInterval(() => console.log('still'), 5); console.log('pid ' + process.pid)";
      spawn(process.execPath, ["-e", script], { stdio: ["ignore", "inherit", "inherit"], detached: true }).unref();
      console.log("gone");`,
  });
  const started = await world.execute("npm.leave");
  const grandchild = Number((await world.line(started, "pid ")).text.slice("pid ".length));
  // The command itself is gone when its parent has taken note of it; only then do the 2 s begin.
  await world.line(started, "still");
  const { commandSessionId } = started;
  let isComplete = false;
  void world.finished(started).then(() => (isComplete = true));
  while (!isComplete) await world.time.advance(2_000);
  process.kill(grandchild, "SIGKILL");
  const { lines, end } = await world.finished(started);
  expect(end.exitCode).toBe(0);
  expect(lines.map(({ text }) => text)).toEqual(expect.arrayContaining(["gone", "still"]));
  expect(world.heard.at(-1)).toBe("complete npm.leave");
  expect((await world.desk.readOutput(commandSessionId, 0, 1e6))?.isRunning).toBe(false);
});

test("[CMD-13] a command is of the client session that started it, and goes on without any listener", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ wait: `console.log("up"); ${forever}` });
  const mine = await world.execute("npm.wait", "mine");
  const other = await world.execute("npm.wait", "other");
  expect(world.desk.running("mine")).toEqual([mine]);
  expect(world.desk.running("other")).toEqual([other]);
  expect(world.desk.running("none")).toEqual([]);
});

test("[CMD-14] a stop ends every command and closes its entry, and none is started after it", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ wait: `console.log("up"); ${forever}` });
  const started = [await world.execute("npm.wait"), await world.execute("npm.wait")];
  for (const one of started) await world.line(one, "up");
  await world.desk.stop();
  for (const { commandSessionId } of started) {
    expect((await world.index())[commandSessionId]).toMatchObject({ exit_code: 143, output_preview: "up\n" });
  }
  expect((await refusal(world.execute("npm.wait"))).message).toBe("The server is shutting down");
});

test("[CMDHIST-9] [CMDHIST-6] while it runs, its output and preview are those so far, exit code -1 and the time so far", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({
    wait: `console.log("one"); console.error("two"); process.on("SIGTERM", () => { console.log("end"); process.exit(0) }); ${forever}`,
  });
  const started = await world.execute("npm.wait");
  await world.line(started, "one");
  await world.line(started, "two");
  await world.time.advance(1_500);
  const page = await world.desk.readOutput(started.commandSessionId, 0, 1e6);
  expect(page).toMatchObject({
    isRunning: true,
    exitCode: -1,
    durationMs: 1_500,
    lastSeq: 2,
    totalBytes: 8,
    nextOffset: null,
  });
  expect([...(page?.output ?? "").trim().split("\n")].sort()).toEqual(["one", "two"]);
  const { entries } = await world.desk.history({ limit: 50, workingDirectory: `${world.project}/../project/` });
  expect(entries).toHaveLength(1);
  expect(entries[0]?.outputPreview).toHaveLength(8);
  expect(entries[0]).toMatchObject({ exitCode: undefined, durationMs: undefined });
  world.desk.kill(started.commandSessionId);
  const { lines } = await world.finished(started);
  const after = await world.desk.readOutput(started.commandSessionId, 0, 1e6);
  // What follows `lastSeq` of the first reading is exactly what the second has beyond it.
  expect(lines.filter(({ seq }) => seq > 2).map(({ text }) => text)).toEqual(["end"]);
  expect(after).toMatchObject({ isRunning: false, exitCode: 0, durationMs: 1_500, lastSeq: 3 });
  expect(after?.output).toBe(`${page?.output}end\n`);
});

test("[CMDHIST-3] beyond the limit of the log output is dropped from it, told live, and the command goes on", async () => {
  const world = await DeskWorld.create({ maxLogBytes: 1_000 });
  await world.addScripts({ much: "for (let i = 0; i < 1000; i++) console.log('line ' + i); process.exitCode = 4" });
  const { lines, end, started } = await world.run("npm.much");
  expect(end.exitCode).toBe(4);
  expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  const page = await world.desk.readOutput(started.commandSessionId, 0, 1e6);
  expect(page).toMatchObject({ isTruncated: true, isRunning: false });
  expect(page?.totalBytes).toBeGreaterThan(990);
  expect(page?.totalBytes).toBeLessThanOrEqual(1_000);
  expect(page?.output.startsWith("line 0\nline 1\n")).toBe(true);
  await world.stop();
  await world.open();
  expect(await world.desk.readOutput(started.commandSessionId, 0, 1e6)).toMatchObject({ isTruncated: true });
});

test("[CMDHIST-8] more than is served is cut in the middle and says so", async () => {
  const world = await DeskWorld.create({ maxServedBytes: 2_000 });
  await world.addScripts({ much: "for (let i = 0; i < 1000; i++) console.log('line ' + i)" });
  const { started } = await world.run("npm.much");
  const page = await world.desk.readOutput(started.commandSessionId, 0, 1e6);
  expect(page).toMatchObject({ isTruncated: true, lastSeq: 1_000 });
  expect(page?.output).toContain("... [truncated ~");
  expect(page?.totalBytes).toBeLessThanOrEqual(2_000);
  expect(page?.output.endsWith("line 999\n")).toBe(true);
});

test("[CMD-11] [CMDHIST-7] a line of more than 1 MiB comes in pieces of one number and is whole in the history", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({
    long: "const fs = require('fs'); const text = 'x'.repeat(1500000) + '\\nlast\\n'; for (let at = 0; at < text.length;) at += fs.writeSync(1, text.slice(at, at + 50000))",
  });
  const { lines, started } = await world.run("npm.long");
  expect(lines.map(({ seq, isPartial, text }) => [seq, isPartial, text.length])).toEqual([
    [1, true, 1_048_576],
    [1, false, 1_500_000 - 1_048_576],
    [2, false, 4],
  ]);
  const page = await world.desk.readOutput(started.commandSessionId, 0, 1e7);
  expect(page?.output).toBe(`${"x".repeat(1_500_000)}\nlast\n`);
});

test("[CMD-6] git runs with pager and password prompts switched off", async () => {
  const world = await DeskWorld.create();
  await world.addProgram(
    "git",
    "console.log(JSON.stringify([process.argv.slice(2), process.env.GIT_PAGER, process.env.GIT_TERMINAL_PROMPT, process.env.GIT_ASKPASS]))",
  );
  const { lines, started } = await world.run("git.log");
  expect(started.shellCommand).toBe("git log --oneline -20");
  expect(JSON.parse(lines[0]?.text ?? "")).toEqual([["log", "--oneline", "-20"], "cat", "0", ""]);
});

test("[CMD-1] [CMD-6] without a project only the general commands are answered, and nothing of the project is looked at", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ build: "" });
  const found = await world.desk.discover(world.project, { withProject: false });
  expect(found.projectCommands).toEqual([]);
  expect(found.workingDirectory).toBe(world.project);
  expect(found.generalCommands).toEqual([
    { id: "git.status", label: "Git Status", type: "command", description: "Working tree state" },
    { id: "git.diff", label: "Git Diff", type: "command", description: "Changes not yet staged" },
    { id: "git.log", label: "Git Log", type: "command", description: "The last 20 commits" },
    { id: "git.branch", label: "Git Branch", type: "command", description: "Local branches" },
    {
      id: "git.worktree.list",
      label: "Git Worktree List",
      type: "command",
      description: "Working trees of this repository",
    },
    { id: "git.push", label: "Git Push", type: "command", description: "Send the current branch to its remote" },
  ]);
  expect(await world.desk.discover(join(world.project, "missing"), { withProject: true })).toMatchObject({
    projectCommands: [],
  });
});

test("[CMD-14] [CMD-10] what a dead server left running is ended by its pid and start time, and by its id; nothing else is", async () => {
  const world = await DeskWorld.create();
  await world.stop();
  const sleeper = () => {
    const child = spawn(process.execPath, ["-e", forever], { detached: true, stdio: "ignore" });
    const ended = new Promise<string | null>((resolve) => child.once("exit", (_code, signal) => resolve(signal)));
    return { pid: child.pid ?? 0, ended };
  };
  const [known, reused, marked, stranger] = [sleeper(), sleeper(), sleeper(), sleeper()];
  const idOf = (n: number): string => `cmd-00000000-0000-4000-8000-00000000000${n}`;
  const entry = (n: number, rest: Record<string, unknown>) => ({
    [idOf(n)]: { command_session_id: idOf(n), command_id: "x", timestamp: "2026-03-01T08:00:00.000Z", ...rest },
  });
  const entries = {
    ...entry(1, { pid: known.pid, pid_started_at: "s1" }),
    ...entry(2, { pid: reused.pid, pid_started_at: "before" }),
    ...entry(3, {}),
    ...entry(4, { pid: stranger.pid, pid_started_at: "s4", exit_code: 0, duration_ms: 1 }),
  };
  await writeFile(join(world.historyFolder, "index.json"), JSON.stringify(entries));
  for (let n = 1; n <= 4; n++) await writeFile(join(world.historyFolder, `${idOf(n)}.log`), "");
  const gone = new Set<number>();
  for (const { pid, ended } of [known, marked]) void ended.then(() => gone.add(pid));
  const opening = world.open({
    scheduler: { after: (_ms, run) => (setImmediate(run), () => undefined), soon: (run) => void setImmediate(run) },
    processes: {
      startOf: (pid) =>
        Promise.resolve(
          gone.has(pid)
            ? undefined
            : new Map([
                [known.pid, "s1"],
                [reused.pid, "s2"],
                [stranger.pid, "s4"],
              ]).get(pid),
        ),
      marked: () =>
        Promise.resolve(
          [
            { pid: marked.pid, commandSessionId: idOf(3) },
            { pid: stranger.pid, commandSessionId: idOf(4) },
          ].filter(({ pid }) => !gone.has(pid)),
        ),
    },
  });
  await opening;
  expect(["SIGTERM", "SIGKILL"]).toContain(await known.ended);
  expect(["SIGTERM", "SIGKILL"]).toContain(await marked.ended);
  expect(isAlive(reused.pid)).toBe(true);
  expect(isAlive(stranger.pid)).toBe(true);
  const index = await world.index();
  for (const n of [1, 2, 3]) expect(index[idOf(n)]).toMatchObject({ exit_code: 137, interrupted: true });
  expect(index[idOf(4)]).toMatchObject({ exit_code: 0 });
  for (const { pid, ended } of [reused, stranger]) {
    process.kill(pid, "SIGKILL");
    await ended;
  }
});

test("[CMD-7] a script of any name reaches its program as one argument and never a shell", async () => {
  const world = await DeskWorld.create();
  const hostile = [
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "a b'c\"d",
    "ünï côdé 😀",
    "x && touch pwned",
    "%PATH%",
    "*",
  ];
  const show = "console.log(JSON.stringify(process.argv.slice(2)))";
  await world.addScripts(
    Object.fromEntries([...hostile, "--flag", "-x", "a\nb", "n\0ul", "", " lead"].map((name) => [name, show])),
  );
  const { projectCommands } = await world.desk.discover(world.project, { withProject: true });
  const [group] = projectCommands;
  if (group?.type !== "group") throw new Error("no group of scripts");
  expect(group.children).toHaveLength(hostile.length);
  const seen: unknown[] = [];
  for (const { id } of group.children) {
    const { lines, end } = await world.run(id);
    expect(end.exitCode).toBe(0);
    seen.push(JSON.parse(lines[0]?.text ?? "null"));
  }
  expect(seen).toEqual(expect.arrayContaining(hostile.map((name) => ["run", name])));
  await expect(readFile(join(world.project, "pwned"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("[CMD-7] shell_command quotes what a shell would read otherwise", async () => {
  const world = await DeskWorld.create();
  await world.addScripts({ "it's; a trap": "" });
  const [group] = (await world.desk.discover(world.project, { withProject: true })).projectCommands;
  if (group?.type !== "group") throw new Error("no group of scripts");
  const { started } = await world.run(group.children[0]?.id ?? "");
  expect(started.shellCommand).toBe(`npm run 'it'\\''s; a trap'`);
});

test("[CMD-2] a directory behind a link out of the roots is not looked at", async () => {
  const world = await DeskWorld.create();
  await world.stop();
  const root = join(world.home, "root");
  await mkdir(root);
  await symlink(world.project, join(root, "link"));
  await world.open({ paths: createPathPolicy({ home: world.home, roots: [root] }) });
  await expect(world.desk.discover(join(root, "link"), { withProject: true })).rejects.toMatchObject({
    code: "not_allowed",
    message: `Directory not allowed: ${join(root, "link")}`,
  });
});
