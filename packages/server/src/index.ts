/** The daemon as a library: what `parl up` starts and stops. */
export { ConfigError } from "./config.ts";
export { startServer, type RunningServer, type StartOptions } from "./main.ts";
export { StoreLockedError, StoreMigrationError } from "./store/store-errors.ts";
export { StoreUnavailableError } from "./store/store.ts";
