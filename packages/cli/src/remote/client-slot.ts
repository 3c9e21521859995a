/**
 * Under which client session a command talks to the server. The server keeps what belongs to one for months, so ids are not
 * made anew for each command: they are taken from a few that this PARL_HOME has, each by one command at a time. What an
 * earlier command left unread is told to the next one with its id, and is over then.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseUuid } from "@parlatory/protocol/remote";
import { randomUuid } from "@parlatory/client";
import { tryFileLock } from "../config/file-lock.ts";
import { writePrivateFile } from "../config/write-private-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError, isSystemError } from "../harness/error.ts";

export interface ClientSlot {
  readonly clientSessionId: string;
  release(): Promise<void>;
}

/** More commands at once get an id of their own. */
const maxSlots = 32;

/** Pairs with `release`. Never fails: without a place for them the id is one that is forgotten. */
export async function takeClientSlot(
  context: Pick<CommandContext, "home" | "randomBytes" | "log">,
): Promise<ClientSlot> {
  const createId = (): string => randomUuid((size) => context.randomBytes(size));
  try {
    const directory = join(context.home, "remote-clients");
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (let slot = 1; slot <= maxSlots; slot += 1) {
      const lock = await tryFileLock(join(directory, `${slot}.lock`));
      if (lock === undefined) continue;
      try {
        const clientSessionId = await readOrMakeId(join(directory, `${slot}.id`), createId);
        return { clientSessionId, release: () => lock.release() };
      } catch (cause) {
        await lock.release();
        throw cause;
      }
    }
  } catch (cause) {
    if (!(cause instanceof CommandError) && !isSystemError(cause)) throw cause;
    context.log(`no client session could be kept: ${cause.message}`);
  }
  return { clientSessionId: createId(), release: async () => undefined };
}

async function readOrMakeId(path: string, createId: () => string): Promise<string> {
  try {
    const kept = parseUuid((await readFile(path, "utf8")).trim());
    if (kept !== undefined) return kept;
  } catch (cause) {
    if (!isSystemError(cause) || cause.code !== "ENOENT") throw cause;
  }
  const made = createId();
  await writePrivateFile(path, `${made}\n`);
  return made;
}
