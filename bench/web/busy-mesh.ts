/** WPERF-5: what a page of the mesh keeps, while peers write, change their status and the shared state all the time. */
import { setTimeout as sleep } from "node:timers/promises";
import { MeshApi, createApiClient, createMesh, openCrypto, type MeshClient } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import type { CDPSession } from "playwright-core";
import { enterMesh } from "../../e2e/mesh-peer.ts";
import { WebWorld } from "../../e2e/web-world.ts";
import { median, say, type Figure } from "../report.ts";

const PEERS = 8;
const ROUND_MS = 250;
const SAMPLES = 30;
/** What the first samples may lack of what an app warms up to. */
const MAX_GROWTH = 1.1;

export async function measureBusyMesh(executable: string, minutes: number): Promise<Figure[]> {
  const world = await WebWorld.open({ executable });
  const clients: MeshClient[] = [];
  try {
    const api = createApiClient({
      url: world.serverUrl,
      auth: { kind: "token", token: world.adminToken },
      http: nodeHttp,
    });
    const owner = (await openCrypto()).generateKeyPair();
    const { id } = await createMesh(api, { slug: "busy", owner_pubkey: owner.publicKey });
    const place = { serverUrl: world.serverUrl, mesh: new MeshApi(api, id), meshId: id, slug: "busy" };
    for (let index = 0; index < PEERS; index++) clients.push(await enterMesh(place, nameOf(index)));
    const page = await world.newPage();
    await page.goto(`${world.origin}/mesh/map#token=${world.adminToken}`);
    await page.getByText("live", { exact: true }).waitFor();
    const devtools = await page.context().newCDPSession(page);
    const ended = new AbortController();
    const peers = await place.mesh.listPeers({ include_offline: false });
    const keys = clients.map((_, index) => peers.find((peer) => peer.display_name === nameOf(index))?.pubkey ?? "");
    const work = Promise.all(clients.map((client, index) => beBusy(client, index, keys, ended.signal)));
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      await sleep((minutes * 60_000) / SAMPLES);
      samples.push(await heapBytes(devtools));
      say(`  ${(samples.at(-1) ?? 0) / 1_000} kB`);
    }
    ended.abort();
    await work;
    const third = SAMPLES / 3;
    const early = median(samples.slice(third / 2, third + third / 2));
    const late = median(samples.slice(-third));
    return [
      {
        rule: "WPERF-5",
        name: `heap of the page after ${minutes} min of a busy mesh`,
        value: late / 1e6,
        unit: "MB",
        floor: early / 1e6,
        ratio: late / early,
        gate: `<= ${MAX_GROWTH} x of its first third`,
        pass: late / early <= MAX_GROWTH,
      },
    ];
  } finally {
    for (const client of clients) await client.close();
    await world.close();
  }
}

function nameOf(index: number): string {
  return `Peer ${index}`;
}

/** Writes to the others, tells its status, changes shared state, four times a second. */
async function beBusy(client: MeshClient, index: number, keys: readonly string[], signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    const other = keys[(index + 1 + (round % (keys.length - 1))) % keys.length] ?? "";
    const result = await client.send({ targetSpec: other, text: `round ${round}`, settleMs: 0 });
    if (result.outcome === "rejected") throw new Error(`a busy peer could not write: ${JSON.stringify(result)}`);
    if (round % 8 === index) await client.setStatus(round % 16 < 8 ? "working" : "idle");
    if (round % 20 === index) await client.setState(`count/${index}`, round);
    await sleep(ROUND_MS);
  }
}

/** Live bytes, after a collection. */
async function heapBytes(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize;
}
