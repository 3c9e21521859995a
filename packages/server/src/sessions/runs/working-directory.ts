/** Where a prompt's run works ([PROMPT-6]). */
import { stat } from "node:fs/promises";
import { RemoteError } from "@parlatory/protocol/remote";
import type { PathPolicy } from "../../path-policy.ts";

export interface DirectoryRequest {
  /** What the prompt names. */
  readonly named: string | undefined;
  /** Of a session that is known; a placeholder counts as none. */
  readonly stored: string | undefined;
  /** Of the client session. */
  readonly client: string | undefined;
  readonly fallback: string;
  readonly canResumeElsewhere: boolean;
}

/** `isMoved`: a known session works there from now on. */
export interface ChosenDirectory {
  readonly path: string;
  readonly isMoved: boolean;
}

/** @throws RemoteError `Directory does not exist: <path>`, and what the policy raises */
export async function chooseDirectory(request: DirectoryRequest, paths: PathPolicy): Promise<ChosenDirectory> {
  const { named, stored, client, fallback, canResumeElsewhere } = request;
  if (stored === undefined) {
    const path = await paths.resolve(named === undefined || isPlaceholder(named) ? (client ?? fallback) : named);
    await mustExist(path);
    return { path, isMoved: false };
  }
  if (named !== undefined && !isPlaceholder(named) && canResumeElsewhere) {
    const path = await paths.resolve(named);
    if (path !== stored && (await isDirectory(path))) return { path, isMoved: true };
  }
  const path = await paths.resolve(stored);
  await mustExist(path);
  return { path, isMoved: false };
}

/** A directory that could not be told from a session's file ([WATCH-8]). */
export function isPlaceholder(path: string): boolean {
  return path.startsWith("[from project: ");
}

async function mustExist(path: string): Promise<void> {
  if (!(await isDirectory(path))) throw new RemoteError("not_found", `Directory does not exist: ${path}`);
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
