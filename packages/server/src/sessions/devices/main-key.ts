import { join } from "node:path";
import type { Log, RandomBytes } from "../../ports.ts";
import { readOrMakeSecretFile } from "../secret-file.ts";
import { isDeviceKey, makeDeviceKey } from "./device-key.ts";

export interface MainKeyOptions {
  /** `PARL_HOME` */
  readonly home: string;
  /** The user the server runs as; undefined where files have no owners. */
  readonly userId: number | undefined;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}

/** The main key, made at the first start ([AUTH-2]). Raises SecretFileError. */
export function loadMainKey({ home, userId, randomBytes, log }: MainKeyOptions): string {
  return readOrMakeSecretFile({
    path: join(home, "remote-key"),
    make: () => makeDeviceKey(randomBytes),
    isValid: isDeviceKey,
    userId,
    randomBytes,
    log,
  });
}
