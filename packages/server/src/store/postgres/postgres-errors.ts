import { StoreUnavailableError } from "../store.ts";

/** SQLSTATE classes that say: not now. */
const REFUSING_CLASSES = new Set([
  "08", // connection exception
  "25", // invalid transaction state: a standby that takes no writes
  "28", // invalid authorization: the password was changed
  "3D", // the database does not exist (any more)
  "53", // insufficient resources: disk full, too many connections
  "57", // operator intervention: shutting down, starting up, cancelled
  "58", // system error: the disk failed
]);

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EADDRNOTAVAIL",
  "ENOENT",
  "EACCES",
  "EMFILE",
  "ENFILE",
]);

/** Texts of the driver, which gives these errors no code. */
const DRIVER_MESSAGES =
  /connection terminated|client has encountered a connection error|not queryable|timeout e(?:xceeded|xpired)|client was closed|server does not support ssl|socket/i;

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Tells whether the database cannot be used now, as opposed to a statement that is wrong ([DB-5]). */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof StoreUnavailableError) return true;
  // Several addresses of one host that all refuse come as one error of many.
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === undefined) return DRIVER_MESSAGES.test(error.message);
  if (NETWORK_CODES.has(code)) return true;
  return SQLSTATE.test(code) && REFUSING_CLASSES.has(code.slice(0, 2));
}

/** Classes of refusals that leave the connection as it was, its transaction rolled back and nothing in doubt. */
const DEFINITE_CLASSES = new Set(["25", "53", "58"]);

/** Tells whether the connection is gone, and with it the certainty of what the last statement did. */
export function losesConnection(error: unknown): boolean {
  if (!isUnavailable(error)) return false;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return !(SQLSTATE.test(code) && DEFINITE_CLASSES.has(code.slice(0, 2)));
}

/** Wraps what says "not now"; anything else is a defect and passes as it is. */
export function toStoreError(error: unknown, database: string): unknown {
  if (error instanceof StoreUnavailableError || !isUnavailable(error)) return error;
  const { message } = error as Error;
  return new StoreUnavailableError(`Cannot use the database ${database}: ${message || "no connection"}.`, {
    cause: error,
  });
}
