import type { CommandContext } from "../harness/context.ts";
import type { FilePort } from "./file-port.ts";
import { FileSessionStore } from "./file-session-store.ts";
import type { ProcessWitness } from "./process-witness.ts";

export interface SessionStoreOptions {
  /** As the caller gave it; a relative one is below the working directory [SES-1]. */
  readonly directory: string;
  readonly context: Pick<CommandContext, "workingDirectory" | "pid" | "now" | "monotonicMs" | "randomBytes">;
  /** Default: the files and processes of this machine. */
  readonly files?: FilePort;
  readonly processes?: ProcessWitness;
}

/** The sessions in a directory. Reads nothing yet, and never creates anything before a lock is taken to save. */
export function openSessionStore(options: SessionStoreOptions): FileSessionStore {
  const { directory, context } = options;
  const files = options.files ?? process.getBuiltinModule("node:fs");
  const { now, monotonicMs, randomBytes } = context;
  return new FileSessionStore({
    directory,
    absoluteDirectory: process.getBuiltinModule("node:path").resolve(context.workingDirectory, directory),
    files,
    openLockWorld: async () => {
      const { createProcessWitness } = await import("./process-witness.ts");
      const processes = options.processes ?? createProcessWitness(context.pid);
      return { files, processes, now, monotonicMs, randomBytes };
    },
  });
}
