import { acquireDatabaseLock } from "../../../src/store/sqlite/database-lock.ts";

// Holds the lock of the database named on its command line until it is killed, although nobody keeps what it was given.
acquireDatabaseLock(process.argv[2] ?? "");
globalThis.gc?.();
process.stdout.write("held\n");
setInterval(() => undefined, 1_000);
