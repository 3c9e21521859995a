import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import type { Log, RandomBytes } from "../../ports.ts";
import { readOrMakeSecretFile } from "../secret-file.ts";

/** By which a push service tells that messages come from this server; the public key is given to browsers (RFC 8292). */
export interface VapidKeys {
  /** 65 bytes, an uncompressed point of P-256, in base64url. */
  readonly publicKey: string;
  /** 32 bytes in base64url. */
  readonly privateKey: string;
}

export interface VapidKeysOptions {
  /** `PARL_HOME` */
  readonly home: string;
  readonly userId: number | undefined;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}

const FORM = /^([A-Za-z0-9_-]{87}) ([A-Za-z0-9_-]{43})$/;

/** The keys of `PARL_HOME`, made at the first start: with others, every subscription would be void. Raises SecretFileError. */
export function loadVapidKeys({ home, ...options }: VapidKeysOptions): VapidKeys {
  const line = readOrMakeSecretFile({
    ...options,
    path: join(home, "web-push-keys"),
    make: makeKeys,
    isValid: (content) => FORM.test(content),
  });
  const [, publicKey = "", privateKey = ""] = FORM.exec(line) ?? [];
  return { publicKey, privateKey };
}

function makeKeys(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "", d = "" } = privateKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url")]);
  return `${point.toString("base64url")} ${d}`;
}
