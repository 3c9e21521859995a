import type { Migration } from "../../migrations/plan-migrations.ts";
import { migration0001 } from "./0001-initial.ts";
import { migration0002 } from "./0002-remote.ts";

/** In the order they are applied. */
export const SQLITE_MIGRATIONS: readonly Migration[] = [migration0001, migration0002];
