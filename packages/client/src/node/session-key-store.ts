import { mkdir, readFile, readdir, stat, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { MESH_LIMITS } from "@parlatory/protocol";
import { publicKeyOf, type KeyPair, type KeyTools } from "../crypto/keys.ts";
import { KEY_SUFFIX, RECEIVED_SUFFIX, SESSIONS_DIRECTORY, sessionFiles } from "./session-files.ts";
import { errorCode, writeFileAtomically } from "./write-file-atomically.ts";

export interface SessionKeyStoreOptions {
  /** `PARL_HOME`. */
  home: string;
  crypto: Pick<KeyTools, "generateKeyPair" | "parseSecretKey">;
  nowMs: () => number;
}

/** Session key pairs, one per (mesh, agent session id), kept so that queued mail opens after a restart ([CRYPTO-4]). */
export interface SessionKeyStore {
  /** The pair of this session; made and written at first use, or when the file cannot be read as one. */
  keyOf(meshId: string, agentSessionId: string): Promise<KeyPair>;
  /** Takes a fresh pair, as after `session_replaced`; the old one is gone. */
  replace(meshId: string, agentSessionId: string): Promise<KeyPair>;
  /** Removes keys and received ids unused for 7 days; answers how many files went. */
  removeUnused(): Promise<number>;
}

const FILE_VERSION = 1;

/** Opens nothing until it is used, so there is nothing to close. Files are 0600, the directory 0700. */
export function createSessionKeyStore(options: SessionKeyStoreOptions): SessionKeyStore {
  const { home, crypto, nowMs } = options;

  async function read(path: string): Promise<KeyPair | undefined> {
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (cause) {
      if (errorCode(cause) === "ENOENT") return undefined;
      throw new Error(`the session key in ${path} could not be read; check its owner and mode (0600)`, { cause });
    }
    const secretKey = crypto.parseSecretKey(secretIn(text) ?? "");
    return secretKey === undefined ? undefined : { publicKey: publicKeyOf(secretKey), secretKey };
  }

  async function markUsed(path: string): Promise<void> {
    const now = nowMs() / 1_000;
    await utimes(path, now, now);
  }

  async function write(path: string, ifAbsent: boolean): Promise<KeyPair | undefined> {
    const pair = crypto.generateKeyPair();
    const text = `${JSON.stringify({ version: FILE_VERSION, publicKey: pair.publicKey, secretKey: pair.secretKey })}\n`;
    if (!(await writeFileAtomically(path, text, ifAbsent))) return undefined;
    await markUsed(path);
    return pair;
  }

  async function replace(meshId: string, agentSessionId: string): Promise<KeyPair> {
    const files = sessionFiles(home, meshId, agentSessionId);
    await mkdir(files.directory, { recursive: true, mode: 0o700 });
    const pair = await write(files.key, false);
    if (pair === undefined) throw new Error(`the session key in ${files.key} could not be replaced`);
    return pair;
  }

  return {
    async keyOf(meshId, agentSessionId) {
      const files = sessionFiles(home, meshId, agentSessionId);
      await mkdir(files.directory, { recursive: true, mode: 0o700 });
      const kept = await read(files.key);
      if (kept !== undefined) {
        await markUsed(files.key);
        return kept;
      }
      // Two processes of one session may start together: the one that comes second takes what the first wrote.
      const made = (await write(files.key, true)) ?? (await read(files.key));
      return made ?? (await replace(meshId, agentSessionId));
    },

    replace,

    async removeUnused() {
      const directory = join(home, SESSIONS_DIRECTORY);
      const oldestMs = nowMs() - MESH_LIMITS.sessionMemoryMs;
      let removed = 0;
      for (const name of await namesIn(directory)) {
        if (!name.endsWith(KEY_SUFFIX) && !name.endsWith(RECEIVED_SUFFIX) && !name.endsWith(".tmp")) continue;
        if (await removeIfOlder(join(directory, name), oldestMs)) removed++;
      }
      return removed;
    },
  };
}

function secretIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("secretKey" in value)) return undefined;
    return typeof value.secretKey === "string" ? value.secretKey : undefined;
  } catch {
    // A torn file holds no key: a fresh one takes its place.
    return undefined;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return [];
    throw new Error(`the session keys in ${directory} could not be listed; check its owner and mode (0700)`, { cause });
  }
}

async function removeIfOlder(path: string, oldestMs: number): Promise<boolean> {
  try {
    if ((await stat(path)).mtimeMs >= oldestMs) return false;
    await unlink(path);
    return true;
  } catch (cause) {
    // Another process was faster.
    if (errorCode(cause) === "ENOENT") return false;
    throw cause;
  }
}
