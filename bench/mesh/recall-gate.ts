/** [PERF-11]: any word over a hundred thousand memories, rare or in almost every one of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTimeOrderedId, type MemberId, type MemoryId, type MeshId, type PublicKey } from "@parlatory/protocol";
import { randomBytes } from "node:crypto";
import { openPostgresStore } from "../../packages/server/src/store/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open-sqlite-store.ts";
import { quantile, say, type Figure } from "../report.ts";
import type { GateStore } from "./delivery-gates.ts";

const MEMORIES = 100_000;
const WORDS = ["deploy", "build", "cache", "review", "branch", "incident", "staging", "token", "schema", "worker"];

export async function measureRecall(store: GateStore, isQuick: boolean): Promise<Figure> {
  const count = isQuick ? MEMORIES / 10 : MEMORIES;
  const folder = await mkdtemp(join(tmpdir(), "parl-recall-"));
  const url = await store.createDatabase();
  // Loading is not what is measured: it need not reach the disk each time.
  const open =
    url === undefined
      ? openSqliteStore({ path: join(folder, "recall.db"), durability: "normal" })
      : openPostgresStore({ url, durability: "normal", applicationName: "parlatory-bench" });
  const opened = await open;
  const meshId = "mesh-recall" as MeshId;
  const pubkey = "a".repeat(64) as PublicKey;
  await opened.createMesh({
    id: meshId,
    slug: "recall",
    name: "recall",
    ownerPubkey: pubkey,
    policies: {} as never,
    createdAt: 0,
  });
  await opened.addMember({
    id: "member-recall" as MemberId,
    meshId,
    pubkey,
    displayName: "r",
    role: "member",
    joinedAt: 0,
    lastSeenAt: 0,
  });
  const now = Date.now();
  for (let i = 0; i < count; i += 200) {
    await Promise.all(
      Array.from({ length: 200 }, (_, j) => {
        const number = i + j;
        const common = number % 10 < 9 ? "release" : "hold";
        const words = Array.from({ length: 40 }, (__, k) => WORDS[(number * 7 + k * 3) % WORDS.length]).join(" ");
        const content = `note ${number} ${common} ${words} rare${number % 5_000}`;
        const id = createTimeOrderedId(now + number, (bytes) => randomBytes(bytes)) as MemoryId;
        return opened.addMemory(
          {
            id,
            meshId,
            content,
            tags: [],
            memberId: "member-recall" as MemberId,
            memberPubkey: pubkey,
            rememberedBy: "r",
            rememberedAt: now + number,
          },
          MEMORIES * 2,
        );
      }),
    );
  }
  say(`  ${store.name}: ${count} memories are stored`);
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const query =
      i % 3 === 0
        ? "release"
        : i % 3 === 1
          ? `rare${(i * 37) % 5_000}`
          : `${WORDS[i % WORDS.length] ?? ""} ${WORDS[(i + 3) % WORDS.length] ?? ""}`;
    const start = performance.now();
    await opened.recall({ meshId, query, tags: [], limit: 20 });
    times.push(performance.now() - start);
  }
  await opened.close();
  await rm(folder, { recursive: true, force: true });
  const value = quantile(times, 0.95);
  return {
    rule: "PERF-11",
    name: `recall over ${count} memories, p95 (${store.name})`,
    value,
    unit: "ms",
    gate: "<= 10",
    pass: value <= 10,
  };
}
