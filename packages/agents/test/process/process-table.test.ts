import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { readProcessTable } from "../../src/process/process-table.ts";

test.each(["proc", "ps"] as const)(
  "[CMD-14] %s shows the variable of an environment that is asked for",
  async (source) => {
    const env = { PATH: process.env["PATH"], PARL_COMMAND_SESSION_ID: "cmd-1", PARL_AGENT_MARK: "other" };
    const child = spawn("sleep", ["60"], { stdio: "ignore", env });
    await once(child, "spawn");
    const read = async () => {
      const table = await readProcessTable(source, "PARL_COMMAND_SESSION_ID");
      return table.find(({ pid }) => pid === child.pid)?.mark;
    };
    // Until it has become `sleep`, it still shows this process's environment.
    await expect.poll(read).toBe("cmd-1");
    child.kill("SIGKILL");
    await once(child, "exit");
  },
);
