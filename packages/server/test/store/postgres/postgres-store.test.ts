import { storeConformance } from "../../conformance/store-conformance.ts";
import { createPostgresHarness } from "../../support/store-harness.ts";

storeConformance("[DB-6] PostgreSQL", createPostgresHarness);
