import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteStore } from "../../../src/store/sqlite/open-sqlite-store.ts";
import { meshRow } from "../../support/store-rows.ts";

const KILLS = 20;

test(
  "[DLV-2] [DB-3] 20 kills of a committing process lose no acknowledged batch and leave none in part",
  { timeout: 120_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "parl-test-crash-"));
    const path = join(folder, "parl.db");
    const { id: meshId } = meshRow();
    let acknowledged = 0;
    let first = 1;
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = spawn(
        process.execPath,
        [fileURLToPath(new URL("./commit-forever.ts", import.meta.url)), path, meshId, String(first)],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      onTestFinished(() => void child.kill("SIGKILL"));
      let output = "";
      // Another number of batches each time, so that the kill meets the commit at all its stages.
      const killAfter = kill * 3;
      child.stdout.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (output.split("\n").length > killAfter) child.kill("SIGKILL");
      });
      await once(child, "close");
      acknowledged = Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1));

      // No manual step between the kill and the next start.
      const store = await openSqliteStore({ path, durability: "strict" });
      const seqs: number[] = [];
      for (let after = 0; ; after = seqs.at(-1) ?? 0) {
        const page = await store.loadUnsettled(meshId, after, 1_000);
        if (page.length === 0) break;
        seqs.push(...page.map(({ message }) => message.seq));
      }
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
      expect(seqs.length).toBeGreaterThanOrEqual(acknowledged);
      expect(seqs.length % 5).toBe(0);
      expect((await store.readBodies(meshId, [acknowledged])).get(acknowledged)?.ciphertext).toBe(
        btoa(`text ${acknowledged}`),
      );
      expect((await store.loadBoot(0)).lastMessageSeq.get(meshId)).toBe(seqs.length);
      first = seqs.length + 1;
      await store.close();
    }
    await rm(folder, { recursive: true, force: true });
  },
);
