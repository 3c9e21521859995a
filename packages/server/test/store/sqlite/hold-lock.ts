import { acquireDatabaseLock } from "../../../src/store/sqlite/database-lock.ts";

// Holds the lock of the database named on its command line until it is killed.
acquireDatabaseLock(process.argv[2] ?? "");
console.log("held");
setInterval(() => undefined, 1_000);
