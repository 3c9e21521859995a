/** What remote-mode and direct-connect-mode take for the address of a server. Parsing only; nothing is contacted. */
import { redactText } from "../harness/redact.ts";
import { cut, escapeText } from "../output/escape.ts";

export interface ServerTarget {
  /** ws or wss, without user-info, query and fragment: nothing of a caller's secrets reaches the server [CMD-direct-connect-mode-1]. */
  readonly url: URL;
}

export const serverTargetHint = "give a ws, wss, http or https URL, such as ws://127.0.0.1:7900/remote";

const maxShownLength = 1024;

/** Undefined for what cannot be tried [TXT-3]. */
export function parseServerTarget(text: string): ServerTarget | undefined {
  if (!/^(?:ws|http)s?:\/\//iu.test(text) || !URL.canParse(text)) return undefined;
  const given = new URL(text);
  const isSecure = given.protocol === "wss:" || given.protocol === "https:";
  return { url: new URL(`${isSecure ? "wss" : "ws"}://${given.host}${given.pathname}`) };
}

/** The address of the remote socket: that of the target, `/remote` after it unless it is there. */
export function remoteSocketUrl({ url }: ServerTarget): string {
  const path = url.pathname.replace(/\/+$/u, "");
  return `${url.origin}${path.endsWith("/remote") ? path : `${path}/remote`}`;
}

/** TARGET as it is shown: on one line, without secrets [ENV-12]. */
export function showTarget(text: string): string {
  return cut(escapeText(redactText(text)), maxShownLength);
}
