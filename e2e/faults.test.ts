import { afterAll, beforeAll, expect, test } from "vitest";
import { killBroker } from "../bench/faults/broker-kills.ts";
import { cutConnections } from "../bench/faults/connection-cuts.ts";
import { outagesOf, takeDatabaseAway } from "../bench/faults/database-outage.ts";
import { QUICK } from "../bench/faults/fault-plan.ts";
import { toFigures, type FaultRow } from "../bench/faults/fault-row.ts";
import { SQLITE, type FaultStore } from "../bench/faults/fault-store.ts";
import { fillDisk } from "../bench/faults/full-disk.ts";
import { stopGracefully } from "../bench/faults/graceful-stop.ts";
import { killLegacyReceiver, killReceiver } from "../bench/faults/receiver-kills.ts";
import { capDatabase, mountSmallDisk } from "../bench/faults/small-disk.ts";
import { StoppablePostgres } from "../bench/faults/stoppable-postgres.ts";

let postgres: StoppablePostgres;
let postgresStore: FaultStore;
beforeAll(async () => {
  postgres = await StoppablePostgres.start();
  postgresStore = { name: "PostgreSQL", createDatabase: () => postgres.createDatabase() };
});
afterAll(() => postgres.remove());

/** Every gate of the run held, and there was mail to lose. */
function expectUnharmed(...rows: FaultRow[]): void {
  for (const row of rows) {
    const failed = toFigures(row).filter(({ pass }) => !pass);
    expect({ failed, examples: failed.length > 0 ? row.verdict.examples : [] }).toEqual({ failed: [], examples: [] });
    expect(row.verdict.acked).toBeGreaterThan(50);
  }
}

test("[PERF-4] [DLV-2] [DLV-5] [SEND-6] [DB-3] killing the broker under load loses, repeats and reorders nothing, on SQLite", async () => {
  expectUnharmed(await killBroker(SQLITE, QUICK.sqliteKills));
});

test("[PERF-4] [DLV-2] [DLV-5] [SEND-6] [DB-3] killing the broker under load loses, repeats and reorders nothing, on PostgreSQL", async () => {
  expectUnharmed(await killBroker(postgresStore, QUICK.postgresKills));
});

test("[PERF-5] [DLV-4] [DLV-8] a receiver frozen and killed under load handles everything once when it comes back with its session key", async () => {
  expectUnharmed(await killReceiver(SQLITE, QUICK.receiverKills));
});

test("[PERF-5] [DLV-12] [COMPAT-3] a legacy receiver frozen and killed under load loses nothing", async () => {
  expectUnharmed(await killLegacyReceiver(SQLITE, QUICK.receiverKills));
});

test("[PERF-5] [DLV-3] [DLV-8] [SEND-6] cutting a sender's or receiver's connection behind any frame loses and repeats nothing", async () => {
  expectUnharmed(...(await cutConnections(SQLITE, QUICK.cutEvery)));
});

test("[DB-5] [SEND-4] [FRM-7] [DLV-19] on a full file system sends are refused in time, and all goes on when there is room", async ({
  skip,
}) => {
  const disk = await mountSmallDisk();
  if (disk === undefined) skip("this machine lets no file system be mounted");
  else expectUnharmed(await fillDisk(disk, QUICK.diskFullMs));
});

test("[DB-5] [SEND-4] [FRM-7] [DLV-19] in a database at its largest size sends are refused in time, and all goes on when there is room", async () => {
  expectUnharmed(await fillDisk(await capDatabase(), QUICK.diskFullMs));
});

test("[DB-5] [SEND-4] [FRM-7] [DLV-19] a PostgreSQL that is frozen, or stopped and started, costs no acknowledged mail and no connection", async () => {
  for (const outage of outagesOf(postgres)) {
    expectUnharmed(await takeDatabaseAway(postgres, outage, QUICK.databaseAwayMs));
  }
});

test("[WS-8] [SEND-1] SIGTERM under load: every commit is acknowledged, sockets are closed 1001, the server ends 0 in time", async () => {
  expectUnharmed(await stopGracefully(SQLITE, QUICK.stops), await stopGracefully(postgresStore, QUICK.stops));
});
