import type { PeerStatus } from "@parlatory/protocol";
import type { MeshConnections } from "./mesh-connections.ts";

/** A hook has one second in all ([HOOK-21]). */
const MAX_WAIT_MS = 400;
/** `ok` says that the mailbox was re-checked; what it let through may be a frame behind. */
const AFTER_OK_MS = 30;

/**
 * Sets the status of this session in every connected mesh, with source `hook`. Resolves when all have answered and what their
 * re-check let through has arrived ([HOOK-24]), or after 400 ms.
 */
export async function setHookStatus(meshes: MeshConnections, status: PeerStatus): Promise<void> {
  const clients = meshes.current.map((session) => session.connected).filter((client) => client !== undefined);
  if (clients.length === 0) return;
  const answered = Promise.allSettled(clients.map((client) => client.setStatus(status, "hook"))).then(() =>
    pause(AFTER_OK_MS),
  );
  await Promise.race([answered, pause(MAX_WAIT_MS)]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
