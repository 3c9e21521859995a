import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config.ts";
import type { RandomBytes } from "./ports.ts";

const TOKEN_BYTES = 32;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

export interface Home {
  adminToken: string;
  adminTokenPath: string;
}

/** Makes `PARL_HOME` (0700) and the admin token in it (0600), or reads it back ([WS-9], [HTTP-4]). Raises ConfigError. */
export function prepareHome(path: string, randomBytes: RandomBytes): Home {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (cause) {
    throw new ConfigError("PARL_HOME", `must be a folder of the user the broker runs as: ${path} cannot be used`, {
      cause,
    });
  }
  const adminTokenPath = join(path, "admin-token");
  return { adminToken: readToken(adminTokenPath) ?? makeToken(adminTokenPath, randomBytes), adminTokenPath };
}

function readToken(path: string): string | undefined {
  let token: string;
  try {
    token = readFileSync(path, "utf8").trim();
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw new ConfigError("PARL_HOME", `must hold an admin token that can be read: ${path} cannot`, { cause });
  }
  if (!TOKEN_PATTERN.test(token)) {
    throw new ConfigError(
      "PARL_HOME",
      `must hold an admin token of 43 characters of base64url in ${path}; delete the file to get a new one`,
    );
  }
  chmodSync(path, 0o600);
  return token;
}

function makeToken(path: string, randomBytes: RandomBytes): string {
  const token = Buffer.from(randomBytes(TOKEN_BYTES)).toString("base64url");
  try {
    // Never over a file another broker has just made.
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    const made = isErrno(cause, "EEXIST") ? readToken(path) : undefined;
    if (made !== undefined) return made;
    throw new ConfigError("PARL_HOME", `must be writable: ${path} cannot be made`, { cause });
  }
  return token;
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
