import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { outcomeOf } from "../../support/remote-rows.ts";

const KILLS = 15;

test(
  "[CRASH-1] [CRASH-4] [RDLV-1] after each of 15 kills every acknowledged step of a prompt is there, its lock and its message with it",
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "parl-test-crash-"));
    const path = join(folder, "parl.db");
    const [sessionId, clientSessionId] = ["session-1", "client-1"];
    let first = 1;
    const delivered: string[] = [];
    const states = new Set<string>();
    for (let kill = 1; kill <= KILLS; kill++) {
      const script = fileURLToPath(new URL("./prompt-forever.ts", import.meta.url));
      const child = spawn(process.execPath, [script, path, sessionId, clientSessionId, String(first)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      let output = "";
      // Another number of steps each time, so that the kill meets a prompt at all its stages.
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.split("\n").length > kill * 2) child.kill("SIGKILL");
      });
      await once(child, "close");
      const [step, number] = (output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1) ?? "").split(" ");
      const said = Number(number);

      const store = await openSqliteStore({ path, durability: "strict" });
      const [open, ...others] = await store.listOpenPrompts();
      const leases = await store.listLeases();
      expect(others).toEqual([]);
      // The lock is there exactly as long as the prompt has no outcome.
      expect(leases.map(({ runId }) => runId)).toEqual(open === undefined ? [] : [open.runId]);
      const last = await store.findPrompt(`prompt-${said}`);
      states.add(last?.state ?? "missing");
      // The step after the one that was acknowledged may be done, too.
      const possible = { accepted: ["accepted", "handed"], handed: ["handed", "succeeded"], finished: ["succeeded"] };
      expect(possible[step as keyof typeof possible]).toContain(last?.state);
      expect(last?.messageId).toBe(last?.state === "succeeded" ? `message-${said}` : undefined);
      expect(JSON.parse(last?.requestJson ?? "{}")).toEqual({ text: `prompt-${said}` });

      // What a restart does with the one that was under way; it gets its one message, too.
      const ended = await store.findPrompt(`prompt-${said + 1}`);
      first = said + (ended === undefined ? 1 : 2);
      const ends: boolean[] = [];
      if (open !== undefined) {
        const end = outcomeOf(open.promptId, {
          state: "lost",
          releaseRunId: open.runId,
          delivery: { messageId: open.promptId.replace("prompt", "message"), clientSessionId, documentJson: "{}" },
        });
        ends.push(await store.finishPrompt(end), await store.finishPrompt(end));
      }
      expect(ends).toEqual(open === undefined ? [] : [true, false]);
      for (let n = delivered.length + 1; n < first; n++) delivered.push(`message-${n}`);
      const queue = { clientSessionId, now: 0, maxMessages: 9_999, maxAgeMs: 9_999, gapMessageId: "gap" };
      expect((await store.listDeliveries(queue)).map(({ messageId }) => messageId)).toEqual(delivered);
      await store.close();
    }
    expect(states.size).toBeGreaterThan(1);
    await rm(folder, { recursive: true, force: true });
  },
);
