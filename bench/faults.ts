/**
 * The fault runs of the mesh: what is acknowledged must survive the death of the broker, of a receiver, of connections,
 * and a database that is away.
 *   node bench/faults.ts [--json] [--quick] [--only kills,receivers,cuts,disk,database,stop] [--store sqlite|postgres]
 * PostgreSQL is one that this program starts for itself, because it stops it too.
 */
import { parseArgs } from "node:util";
import { killBroker } from "./faults/broker-kills.ts";
import { cutConnections } from "./faults/connection-cuts.ts";
import { outagesOf, takeDatabaseAway } from "./faults/database-outage.ts";
import { FULL, QUICK } from "./faults/fault-plan.ts";
import { faultTable, toFigures, type FaultRow } from "./faults/fault-row.ts";
import { SQLITE, type FaultStore } from "./faults/fault-store.ts";
import { fillDisk } from "./faults/full-disk.ts";
import { stopGracefully } from "./faults/graceful-stop.ts";
import { killLegacyReceiver, killReceiver } from "./faults/receiver-kills.ts";
import { capDatabase, mountSmallDisk } from "./faults/small-disk.ts";
import { StoppablePostgres } from "./faults/stoppable-postgres.ts";
import { report, say } from "./report.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    store: { type: "string" },
  },
});
const plan = values.quick ? QUICK : FULL;
const only = values.only?.split(",");
const withSqlite = values.store !== "postgres";

const postgres = values.store === "sqlite" ? undefined : await StoppablePostgres.start();
const postgresStore: FaultStore | undefined = postgres && {
  name: "PostgreSQL",
  createDatabase: () => postgres.createDatabase(),
};

const rows: FaultRow[] = [];
async function run(group: string, title: string, fault: () => Promise<FaultRow | FaultRow[]>): Promise<void> {
  if (only !== undefined && !only.includes(group)) return;
  say(title);
  const startedAt = performance.now();
  const done = [await fault()].flat();
  rows.push(...done);
  for (const { verdict } of done) {
    if (verdict.lost + verdict.outOfOrder + verdict.ghosts === 0) continue;
    for (const example of verdict.examples) say(`  ${example}`);
  }
  say(`  ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
}

try {
  if (withSqlite) {
    await run("kills", "the broker is killed (SQLite)", () => killBroker(SQLITE, plan.sqliteKills));
    await run("receivers", "a receiver is frozen and killed", () => killReceiver(SQLITE, plan.receiverKills));
    await run("receivers", "a legacy receiver is frozen and killed", () =>
      killLegacyReceiver(SQLITE, plan.receiverKills),
    );
    await run("cuts", "connections are cut", () => cutConnections(SQLITE, plan.cutEvery));
    await run("disk", "the disk is full", async () => {
      const disks = [await mountSmallDisk(), await capDatabase()].filter((disk) => disk !== undefined);
      if (disks.length === 1) say("  not run on a file system of its own: this machine lets none be mounted");
      const filled: FaultRow[] = [];
      for (const disk of disks) filled.push(await fillDisk(disk, plan.diskFullMs));
      return filled;
    });
    await run("stop", "the server is told to stop (SQLite)", () => stopGracefully(SQLITE, plan.stops));
  }
  if (postgres !== undefined && postgresStore !== undefined) {
    await run("kills", "the broker is killed (PostgreSQL)", () => killBroker(postgresStore, plan.postgresKills));
    await run("stop", "the server is told to stop (PostgreSQL)", () => stopGracefully(postgresStore, plan.stops));
    for (const outage of outagesOf(postgres)) {
      await run("database", outage.name, () => takeDatabaseAway(postgres, outage, plan.databaseAwayMs));
    }
  }
} finally {
  await postgres?.remove();
}
if (!values.json) process.stdout.write(`${faultTable(rows)}\n\n`);
report(rows.flatMap(toFigures), values.json);
