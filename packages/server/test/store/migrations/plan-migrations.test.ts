import { expect, test } from "vitest";
import { migrationHash, planMigrations, type Migration } from "../../../src/store/migrations/plan-migrations.ts";
import { StoreMigrationError } from "../../../src/store/store-errors.ts";

const first: Migration = { name: "0001-first", statements: ["CREATE TABLE a (x)"] };
const second: Migration = { name: "0002-second", statements: ["CREATE TABLE b (x)"] };
const applied = (migration: Migration) => ({ name: migration.name, hash: migrationHash(migration) });

test("[DB-3] plans what is missing, in order", () => {
  expect(planMigrations([first, second], [], "db")).toEqual([first, second]);
  expect(planMigrations([first, second], [applied(first)], "db")).toEqual([second]);
  expect(planMigrations([first, second], [applied(first), applied(second)], "db")).toEqual([]);
});

test("[DB-3] refuses a database of a newer program, a changed migration and another order", () => {
  const refused: [Migration[], { name: string; hash: string }[], RegExp][] = [
    [[first], [applied(first), applied(second)], /does not know.*newer Parlatory.*Nothing was changed/],
    [[first], [{ ...applied(first), hash: "0".repeat(64) }], /another content.*Nothing was changed/],
    [[first, second], [applied(second)], /migration 1 was applied as "0002-second"/],
  ];
  for (const [known, there, message] of refused) {
    expect(() => planMigrations(known, there, "db")).toThrow(StoreMigrationError);
    expect(() => planMigrations(known, there, "db")).toThrow(message);
  }
});
