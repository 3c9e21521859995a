import { storeConformance } from "../../conformance/store-conformance.ts";
import { createSqliteHarness } from "../../support/store-harness.ts";

storeConformance("[DB-6] SQLite", createSqliteHarness);
