/** What ends a command that follows something: the user, the end of its connection, or its own goal. */
import type { MeshClient } from "@parlatory/client";
import { MeshRequestError } from "@parlatory/client";
import { toMeshError } from "./mesh-error.ts";

export interface FollowEnd {
  /** Resolves when it is time to stop; rejects when the connection ended for good or `fail` was called. */
  readonly ended: Promise<void>;
  finish(): void;
  fail(cause: unknown): void;
}

/** Watches `signal` and `client`; a connection that will be tried again does not end anything. */
export function followEnd(signal: AbortSignal, client: Pick<MeshClient, "on">, target: string): FollowEnd {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  // Whoever follows looks at it later.
  ended.catch(() => undefined);
  const finish = (): void => resolve();
  const fail = (cause: unknown): void => reject(toMeshError(cause, { target }));
  if (signal.aborted) finish();
  signal.addEventListener("abort", finish, { once: true });
  client.on("ended", (reason) => {
    if (reason.kind === "closed") return finish();
    const code = "code" in reason ? reason.code : "revoked";
    fail(new MeshRequestError(code, `the connection ended: ${reason.message}`));
  });
  return { ended, finish, fail };
}
