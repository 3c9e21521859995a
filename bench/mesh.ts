/**
 * The performance gates of the mesh, each against a floor or a bound measured in the same run.
 *   node bench/mesh.ts [--json] [--quick] [--store sqlite|postgres] [--only PERF-2,PERF-9] [--idle-seconds 180]
 * PostgreSQL is the one of PARL_TEST_DATABASE_URL, else one that this program starts for itself.
 */
import { parseArgs } from "node:util";
import { startTestPostgres } from "../packages/server/test/support/postgres.ts";
import { measureDelivery, type GateStore } from "./mesh/delivery-gates.ts";
import { measureHistory } from "./mesh/history-gate.ts";
import { measureHelloChecks } from "./mesh/hello-gate.ts";
import { measureAcceptedHellos, measureIdle, measureMemory, measureStart } from "./mesh/process-gates.ts";
import { measureRecall } from "./mesh/recall-gate.ts";
import { measurePeers } from "./peers/measure-peers.ts";
import { report, say, type Figure } from "./report.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    store: { type: "string" },
    only: { type: "string" },
    "idle-seconds": { type: "string", default: "180" },
  },
});
const only = values.only?.split(",");
const wants = (...rules: string[]): boolean => only === undefined || rules.some((rule) => only.includes(rule));

const postgres = values.store === "sqlite" ? undefined : await startTestPostgres();
const stores: GateStore[] = [];
if (values.store !== "postgres") stores.push({ name: "SQLite", createDatabase: () => Promise.resolve(undefined) });
if (postgres !== undefined) stores.push({ name: "PostgreSQL", createDatabase: () => postgres.createDatabase() });

const figures: Figure[] = [];
async function measure(rules: string[], title: string, run: () => Promise<Figure | Figure[]>): Promise<void> {
  if (!wants(...rules)) return;
  say(title);
  figures.push(...[await run()].flat());
}

try {
  for (const store of stores) {
    await measure(["PERF-1", "PERF-2", "PERF-3", "PERF-7", "PERF-12"], `delivery on ${store.name}`, () =>
      measureDelivery(store, values.quick),
    );
    await measure(["PERF-6"], `history on ${store.name}`, () => measureHistory(store, values.quick));
    await measure(["PERF-11"], `recall on ${store.name}`, () => measureRecall(store, values.quick));
  }
  await measure(["PERF-8"], "hellos", async () => [await measureHelloChecks(), await measureAcceptedHellos()]);
  await measure(["PERF-9"], "memory", measureMemory);
  await measure(["PERF-14"], "start", measureStart);
  await measure(["peers"], "beside other servers, where they are on PATH", async () => {
    const { figures: beside, notes } = await measurePeers({ isQuick: values.quick, only: undefined });
    for (const note of notes) say(note);
    return beside;
  });
  await measure(["PERF-10"], "idle connections", () => measureIdle(Number(values["idle-seconds"])));
} finally {
  await postgres?.stop();
}
report(figures, values.json);
