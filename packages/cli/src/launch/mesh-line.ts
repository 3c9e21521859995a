import type { MeshEntry } from "@parlatory/client";

/** How long a broker may take to say who is there [CLI-30]. */
const maxWaitMs = 2000;

/** `Mesh: local (2 peers online)`, or `(offline)` when the broker does not answer within 2 s [CLI-30]. */
export async function meshLine(mesh: MeshEntry, home: string): Promise<string> {
  const online = await countOnline(mesh, home);
  return `Mesh: ${mesh.slug} (${online === undefined ? "offline" : `${online} peers online`})`;
}

async function countOnline(mesh: MeshEntry, home: string): Promise<number | undefined> {
  const [{ MeshClient }, { homePlatform }] = await Promise.all([
    import("@parlatory/client"),
    import("../server/home-network.ts"),
  ]);
  const client = new MeshClient({
    mesh,
    platform: homePlatform({ home }),
    presence: "control",
    reconnect: false,
    timing: { connectWaitMs: maxWaitMs, helloTimeoutMs: maxWaitMs, requestTimeoutMs: maxWaitMs },
  });
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), maxWaitMs);
  });
  client.connect();
  try {
    const peers = await Promise.race([client.listPeers(), timeUp]);
    return peers?.filter((peer) => peer.connected !== false).length;
  } catch {
    // Whatever the reason, the answer to the question is the same; the agent itself will say more.
    return undefined;
  } finally {
    clearTimeout(timer);
    void client.close();
  }
}
