/** Errors of opening a store: the broker prints them and exits 1. */

/** Another broker uses the database ([DB-4], [CLU-1]). */
export class StoreLockedError extends Error {
  override readonly name = "StoreLockedError";
}

/** The database was written by a newer program, or an applied migration is not the one this program knows ([DB-3]). */
export class StoreMigrationError extends Error {
  override readonly name = "StoreMigrationError";
}
