import { RemoteRequestError, type RemoteClient } from "@parlatory/client";

/** Shows a hidden session again, which following it does ([SESS-4]). Rejects with `RemoteRequestError`. */
export async function showAgain(client: RemoteClient, sessionId: string): Promise<void> {
  if (client.state.name !== "ready") {
    throw new RemoteRequestError("server_unreachable", "the session was not shown again: there is no connection");
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ends = [
    client.on("historySettled", (settled) => (settled.sessionId === sessionId ? resolve() : undefined)),
    client.on("historyFailed", (failed) => (failed.sessionId === sessionId ? reject(failed.error) : undefined)),
    client.on("down", ({ message }) => reject(new RemoteRequestError("connection_lost", message))),
  ];
  client.follow(sessionId, { limit: 1, fillGaps: false });
  try {
    await promise;
  } finally {
    for (const end of ends) end();
    client.unfollow(sessionId);
  }
}
