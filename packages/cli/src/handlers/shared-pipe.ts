/**
 * One channel for both outputs of a child. Two pipes would be read one after the other, so that what was written last may
 * arrive first; through one, everything arrives in the order it was written [CMD-exec-command-6]. Node makes no such pair by
 * itself: it is a connection through a socket file, which is gone before the child starts.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SharedPipe {
  /** For the child, as stdout and stderr; to be destroyed here once it has started, or the output never ends. */
  readonly writeEnd: Socket;
  /** Paused. */
  readonly readEnd: Socket;
}

/** Rejects with the system's error where no socket can be made. */
export async function openSharedPipe(): Promise<SharedPipe> {
  const directory = await mkdtemp(join(tmpdir(), "parl-")); // 0700: nobody else can connect
  const server = createServer({ pauseOnConnect: true });
  try {
    const path = join(directory, "o");
    server.listen(path);
    await once(server, "listening");
    const writeEnd = connect(path);
    const [[readEnd]] = await Promise.all([once(server, "connection") as Promise<[Socket]>, once(writeEnd, "connect")]);
    return { writeEnd, readEnd };
  } finally {
    server.close();
    await rm(directory, { recursive: true, force: true });
  }
}
