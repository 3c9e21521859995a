/**
 * A connection of one command to the remote. Everything about the network is loaded here, not with the command. Commands that
 * only ask are over when the first connection is lost; those that wait or follow come back.
 */
import { RemoteClient, RemoteRequestError } from "@parlatory/client";
import type { CommandContext } from "../harness/context.ts";
import { serverUrl } from "../server/admin-access.ts";
import { homePlatform } from "../server/home-network.ts";
import { takeClientSlot } from "./client-slot.ts";
import { toRemoteError, unauthorizedError, withRemoteErrors, type RemoteErrorSubject } from "./remote-error.ts";
import { readRemoteKey, remoteKeyPath } from "./remote-key.ts";

export interface RemoteOptions {
  /** `--url` as it was given. */
  readonly url: string | undefined;
  readonly subject?: Partial<RemoteErrorSubject> | undefined;
  /** Comes back when the connection is lost; for commands that stay. */
  readonly reconnect?: boolean | undefined;
  /** Called before connecting, so that nothing is missed. */
  readonly prepare?: ((client: RemoteClient) => void) | undefined;
}

const connectMs = 5_000;

/** Connects, runs `work` and says goodbye. Errors: `server_unreachable`, `unauthorized`, refusals of requests. */
export async function withRemote<Result>(
  context: Pick<CommandContext, "env" | "home" | "log" | "now" | "randomBytes">,
  options: RemoteOptions,
  work: (client: RemoteClient) => Promise<Result>,
): Promise<Result> {
  const url = await serverUrl(context, options.url);
  const apiKey = await readRemoteKey(context.home);
  const slot = await takeClientSlot(context);
  const client = new RemoteClient({
    url,
    clientSessionId: slot.clientSessionId,
    apiKey,
    platform: homePlatform(context),
    reconnect: options.reconnect ?? false,
    timing: { connectWaitMs: connectMs },
  });
  try {
    options.prepare?.(client);
    client.connect();
    await untilReady(client, url, remoteKeyPath(context.home));
    return await withRemoteErrors({ target: url, ...options.subject }, () => work(client));
  } finally {
    await client.close();
    await slot.release();
  }
}

async function untilReady(client: RemoteClient, url: string, keyPath: string): Promise<void> {
  try {
    await client.untilReady(connectMs);
  } catch (thrown) {
    if (thrown instanceof RemoteRequestError && thrown.code === "not_allowed") {
      throw unauthorizedError(url, thrown.message, keyPath, thrown);
    }
    throw toRemoteError(thrown, { target: url });
  }
}
