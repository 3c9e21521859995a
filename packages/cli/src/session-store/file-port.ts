import type fs from "node:fs";

/**
 * The part of `node:fs` that the session store uses, so that a test can make any single step of it fail. Synchronous: the
 * steps are short, a command does nothing else meanwhile, and a thread pool would cost start-up time.
 */
export type FilePort = Pick<
  typeof fs,
  | "closeSync"
  | "constants"
  | "fstatSync"
  | "fsyncSync"
  | "linkSync"
  | "lstatSync"
  | "mkdirSync"
  | "openSync"
  | "readdirSync"
  | "readFileSync"
  | "realpathSync"
  | "renameSync"
  | "unlinkSync"
  | "writeFileSync"
>;
