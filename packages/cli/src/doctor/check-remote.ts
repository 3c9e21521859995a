import { stat } from "node:fs/promises";
import { isSystemError } from "../harness/error.ts";
import { isLoopback } from "../remote/pair-device.ts";
import { remoteKeyPath } from "../remote/remote-key.ts";
import type { ServerState } from "../server/running-server.ts";
import { failed, passed, warned, type Check } from "./check.ts";

/** Who else could come to the remote: by the network [CONN-1], or by its key's file [AUTH-2]. Nothing to say without a server. */
export async function checkRemote(home: string, state: ServerState): Promise<Check[]> {
  return [...checkExposure(state), ...(await checkKeyMode(home))];
}

function checkExposure(state: ServerState): Check[] {
  if (state.name !== "running") return [];
  const { url } = state.info;
  if (isLoopback(url)) return [passed("remote", "only this machine reaches it")];
  if (new URL(url).protocol === "https:") return [passed("remote", "other machines reach it, by TLS")];
  const message = `${url} takes connections from other machines without TLS: keys, prompts and answers can be read on the way`;
  return [
    warned("remote", message, "configure a certificate, or listen on 127.0.0.1 behind a tunnel or proxy with TLS"),
  ];
}

async function checkKeyMode(home: string): Promise<Check[]> {
  const path = remoteKeyPath(home);
  try {
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & 0o077) === 0) return [];
    const octal = `0${mode.toString(8)}`;
    return [failed("remote key", `${path} has mode ${octal}, and it opens every session`, `run \`chmod 600 ${path}\``)];
  } catch (cause) {
    if (isSystemError(cause) && (cause.code === "ENOENT" || cause.code === "ENOTDIR")) return [];
    throw cause;
  }
}
