/** What ssh-mode takes for a host, and how ssh is told of it. Parsing only; nothing is started. */

export interface SshTarget {
  /** `host`, or `user@host`; never begins with a dash. */
  readonly destination: string;
  /** Undefined: as ssh itself decides. */
  readonly port: number | undefined;
}

export type SshTargetResult =
  | { readonly type: "target"; readonly target: SshTarget }
  /** A word that may be anything. */
  | { readonly type: "not_a_host" }
  /** A usage error; completes `argument target: `. */
  | { readonly type: "refused"; readonly problem: string };

const maxPort = 65_535;

/** `isKnownHost`: whether the user's ssh config names this very word as a Host. */
export function parseSshTarget(text: string, isKnownHost: (word: string) => boolean): SshTargetResult {
  if (text === "") return refused("it is empty");
  if (text.startsWith("-")) return refused("it begins with a dash, which would make it an option of ssh");
  if (/[\s\p{C}\p{Z}]/u.test(text)) return refused("it has white space or control characters");
  const isUrl = /^ssh:\/\//iu.test(text);
  const looksLikeHost = isUrl || /[@.:]/u.test(text) || text === "localhost";
  if (!looksLikeHost && !isKnownHost(text)) return { type: "not_a_host" };
  return parseAddress(isUrl ? text.replace(/^ssh:\/\//iu, "").replace(/[/?#].*$/u, "") : text);
}

function parseAddress(address: string): SshTargetResult {
  const at = address.lastIndexOf("@");
  // A password of a URL is not ssh's to take, and would be seen by everybody who lists processes.
  const user = at === -1 ? "" : (address.slice(0, at).split(":")[0] ?? "");
  const { host, port } = splitPort(address.slice(at + 1));
  if (host === "" || (at !== -1 && user === "")) return refused("it names no host");
  if (host.startsWith("-") || user.startsWith("-")) {
    return refused("a user or host begins with a dash, which would make it an option of ssh");
  }
  if (port !== undefined && (port < 1 || port > maxPort)) return refused(`its port is not 1 to ${maxPort}`);
  return { type: "target", target: { destination: user === "" ? host : `${user}@${host}`, port } };
}

/** `host:22` and `[::1]:22` have a port, `::1` has none. */
function splitPort(text: string): { readonly host: string; readonly port: number | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/u.exec(text);
  const plain = /^([^:]+):(\d+)$/u.exec(text);
  const [, host = text, port] = bracketed ?? plain ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}

function refused(problem: string): SshTargetResult {
  return { type: "refused", problem };
}
