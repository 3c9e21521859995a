import { createHash } from "node:crypto";
import { join } from "node:path";

/** The files of one (mesh, agent session id) under `PARL_HOME/sessions` ([CRYPTO-4]). */
export interface SessionFiles {
  directory: string;
  key: string;
  receivedIds: string;
}

export const SESSIONS_DIRECTORY = "sessions";
export const KEY_SUFFIX = ".key.json";
export const RECEIVED_SUFFIX = ".received";

/** The session id comes from another program, so its hash names the files. */
export function sessionFiles(home: string, meshId: string, agentSessionId: string): SessionFiles {
  const directory = join(home, SESSIONS_DIRECTORY);
  const name = createHash("sha256")
    .update(JSON.stringify([meshId, agentSessionId]))
    .digest("hex")
    .slice(0, 40);
  return { directory, key: join(directory, name + KEY_SUFFIX), receivedIds: join(directory, name + RECEIVED_SUFFIX) };
}
