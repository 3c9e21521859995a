import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

const PS_TIMEOUT_MS = 200;

/** The parent of a process: from /proc where there is one, else from `ps`; `undefined` when neither knows. */
export async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name in parentheses may hold anything, so fields are counted from the last one.
  if (stat !== undefined) return toPid(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  return await new Promise((resolve) => {
    execFile("ps", ["-o", "ppid=", "-p", String(pid)], { timeout: PS_TIMEOUT_MS }, (failure, stdout) => {
      resolve(failure === null ? toPid(stdout.trim()) : undefined);
    });
  });
}

function toPid(text: string | undefined): number | undefined {
  const pid = Number(text);
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}
