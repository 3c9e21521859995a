/**
 * Run as a program: ignores SIGTERM, starts two children that ignore it too in sessions of their own (one without any of our
 * environment), writes the pids of all three to the file given, then waits for ever.
 */
import { spawn } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";

const forEver = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
const start = (env: NodeJS.ProcessEnv): number | undefined =>
  spawn(process.execPath, ["-e", forEver], { detached: true, stdio: "ignore", env }).pid;

process.on("SIGTERM", () => undefined);
const pids = [process.pid, start(process.env), start({})];
const [, , file = ""] = process.argv;
writeFileSync(`${file}.part`, pids.join(" "));
renameSync(`${file}.part`, file);
process.stdout.write("family is there\n");
setInterval(() => undefined, 1000);
