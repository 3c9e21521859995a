import { spawn } from "node:child_process";

const forEver = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";

/**
 * Starts processes that ignore SIGTERM and have moved to a session of their own, as the shells of coding agents do: one with
 * our environment, one with none, so that only its parent tells whose it is.
 * @returns their pids, separated by a space
 */
export function startStubborn(): string {
  const start = (env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, ["-e", forEver], {
      detached: true,
      stdio: ["ignore", "inherit", "ignore"],
      env,
    });
    child.unref();
    return child.pid;
  };
  return [start(process.env), start({})].join(" ");
}
