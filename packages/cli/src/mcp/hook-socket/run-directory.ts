/**
 * Where `parl mcp` processes can be found by the hooks of their own session: `PARL_HOME/run` (0700) holds, per process, a
 * Unix socket and a registration file (0600) that says whose it is.
 */
import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Registration {
  pid: number;
  parentPid: number;
  cwd: string;
  /** SHA-256 of the hook token. */
  tokenHash: string;
  /** Absent when the agent did not say which session it is. */
  sessionId?: string | undefined;
  socketPath: string;
}

/** macOS allows 103 bytes, Linux 107. */
const MAX_SOCKET_PATH_BYTES = 100;
const REGISTRATION_SUFFIX = ".mcp.json";

export function hashHookToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export function runDirectory(home: string): string {
  return join(home, "run");
}

/** Path for the socket of process `pid`; in the temporary directory when `PARL_HOME` is too long for a socket's path. */
export async function openSocketPath(home: string, tokenHash: string, pid: number): Promise<string> {
  const name = `${tokenHash.slice(0, 12)}-${pid}.sock`;
  const directory = await ownDirectory(runDirectory(home));
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path;
  const userId = process.getuid?.() ?? 0;
  const mark = createHash("sha256").update(home).digest("hex").slice(0, 8);
  const short = join(await ownDirectory(join(tmpdir(), `parl-${userId}-${mark}`)), name);
  if (Buffer.byteLength(short) <= MAX_SOCKET_PATH_BYTES) return short;
  throw new Error(
    `no path for a socket is short enough: tried ${path} and ${short}; set PARL_HOME or TMPDIR to a shorter one`,
  );
}

/** Makes the directory, or takes it only if it is ours and closed to others. */
async function ownDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const userId = process.getuid?.();
  if (!found.isDirectory() || (userId !== undefined && found.uid !== userId)) {
    throw new Error(`${path} is not a directory of this user; remove it`);
  }
  if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
  return path;
}

export function registrationPath(home: string, pid: number): string {
  return join(runDirectory(home), `${pid}${REGISTRATION_SUFFIX}`);
}

export async function writeRegistration(home: string, registration: Registration): Promise<void> {
  await writeFile(registrationPath(home, registration.pid), `${JSON.stringify(registration)}\n`, { mode: 0o600 });
}

/** Removes a process's socket and registration; what is gone already is fine. */
export async function removeRegistration(
  home: string,
  registration: Pick<Registration, "pid" | "socketPath">,
): Promise<void> {
  for (const path of [registrationPath(home, registration.pid), registration.socketPath]) {
    await unlink(path).catch(() => undefined);
  }
}

/** All registrations of processes that live; what dead ones left behind is removed. */
export async function readRegistrations(home: string): Promise<Registration[]> {
  const directory = runDirectory(home);
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith(REGISTRATION_SUFFIX))
      .map((name) => readFile(join(directory, name), "utf8").catch(() => "")),
  );
  const live: Registration[] = [];
  for (const text of found) {
    const registration = parseRegistration(text);
    if (registration === undefined) continue;
    if (isAlive(registration.pid)) live.push(registration);
    else await removeRegistration(home, registration);
  }
  return live;
}

function parseRegistration(text: string): Registration | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Registration, unknown>>;
    const { pid, parentPid, cwd, tokenHash, sessionId, socketPath } = value;
    if (typeof pid !== "number" || typeof parentPid !== "number" || typeof cwd !== "string") return undefined;
    if (typeof tokenHash !== "string" || typeof socketPath !== "string") return undefined;
    return { pid, parentPid, cwd, tokenHash, socketPath, ...(typeof sessionId === "string" ? { sessionId } : {}) };
  } catch {
    // Being written at this moment, or not ours.
    return undefined;
  }
}

/** Signal 0 asks without doing anything; `EPERM` means it lives and is somebody else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
