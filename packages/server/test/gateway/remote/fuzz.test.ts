import { randomUUID } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REMOTE_CLIENT_MESSAGE_SCHEMAS } from "@parlatory/protocol/schemas";
import type { RawClient, RawFrame } from "../../support/raw-client.ts";
import { permissionOf } from "../../support/remote/fake-runs.ts";
import { CLIENT, MAIN_KEY, openRemoteWorld, settle, type RemoteWorld } from "../../support/remote/remote-world.ts";
import { SteppedTime } from "../../support/stepped-time.ts";
import { Mutator } from "../../support/mutator.ts";

const SEED = Number(process.env["PARL_FUZZ_SEED"] ?? 20_260_301);
const FRAMES = 100_000;
const SOCKETS = 4;
/** Frames under way before what they did is awaited. */
const BATCH = 250;

let world: RemoteWorld;
const SESSION = randomUUID();

/** One well-formed message of each type, to start from. */
const SEEDS: readonly RawFrame[] = Object.keys(REMOTE_CLIENT_MESSAGE_SCHEMAS).map((type) => ({
  type,
  session_id: type === "connect" ? CLIENT : SESSION,
  api_key: MAIN_KEY,
  capabilities: ["stream", "approvals", "blocks", "session_events", "output_batch"],
  path: "/home/anna",
  text: "hello",
  mode: type === "set_permission_mode" ? "plan" : "queue",
  prompt_id: randomUUID(),
  message_id: randomUUID(),
  request_id: randomUUID(),
  decision: "allow",
  tool_name: "Bash",
  device_id: "dev-0000",
  size_kb: 200,
  last_seq: 1,
  log_id: "0000000000000001",
  limit: 5,
  working_directory: "/home/anna",
  command_id: "lint",
  command_session_id: "cmd-x",
  filename: "a.txt",
  content: "aGVsbG8=",
  storage_location: "/nowhere",
  attachments: [{ filename: "a", media_type: "text/plain", content: "" }],
  endpoint: "https://push.example.org",
  keys: { p256dh: "x", auth: "y" },
  message_text: "fix the cart",
}));

beforeAll(async () => {
  // No second ever passes, so that nothing is a flood.
  world = await openRemoteWorld({ time: new SteppedTime() });
  world.catalog.add(SESSION, ["one", "two", "three"]);
  world.runs.pending.push(permissionOf(SESSION));
});
afterAll(() => world.end());

/** How connected sockets were closed on which a binary frame was sent: by nothing else are they closed at all. */
const closes = new Set<number>();

/** Sends mutated frames and a ping behind each batch, on one socket that is opened anew when it was rightly closed. */
async function fuzz(seed: number, frames: number, isConnected: boolean): Promise<void> {
  const mutator = new Mutator(seed, SEEDS);
  const open = (): Promise<RawClient> => (isConnected ? world.connect({ session_id: `fuzz-${seed}` }) : world.open());
  let client = await open();
  for (let done = 0; done < frames; done += BATCH) {
    for (let n = 0; n < BATCH; n++) {
      // Before connect there are few frames, and one of a known type ends the socket.
      if (client.webSocket.readyState !== client.webSocket.OPEN) client = await open();
      const frame = mutator.next();
      const isBinary = typeof frame !== "string" && frame[0] === 0;
      client.webSocket.send(frame, { binary: isBinary });
      if (isBinary && isConnected) closes.add((await client.closed).code);
      else if (!isConnected) await answered(client);
    }
    if (isConnected && client.webSocket.readyState === client.webSocket.OPEN) await settle(client);
    client.frames.length = 0;
    client.forgetTaken();
  }
  client.webSocket.terminate();
  await client.closed;
}

/** The frame before was answered, or has ended the socket. */
async function answered(client: RawClient): Promise<void> {
  const id = randomUUID();
  if (client.webSocket.readyState !== client.webSocket.OPEN) return;
  client.send({ type: "ping", correlation_id: id });
  await Promise.race([client.find((frame) => frame["correlation_id"] === id), client.closed]).catch(() => undefined);
}

test(`[CONN-3] [RLIM-7] ${FRAMES} mutated frames before and after connect: no crash, no hang, no leak (seed ${SEED})`, async () => {
  const healthy = await world.connect({ session_id: "healthy" });
  const stride = 1_000_003;
  const run = (frames: number): Promise<unknown> =>
    Promise.all([
      fuzz(SEED, frames / 20, false),
      ...Array.from({ length: SOCKETS }, (_, n) => fuzz(SEED + (n + 1) * stride, frames / SOCKETS, true)),
    ]);
  await run(FRAMES / 10);
  const heapBefore = usedHeap();
  await run(FRAMES);
  const grown = usedHeap() - heapBefore;
  await settle(healthy);
  expect(grown).toBeLessThan(48 * 1024 * 1024);
  expect(world.pushes.audience.peers().size).toBe(1);
  expect([...closes]).toEqual([1003]);
  // No frame was a defect: neither an internal error nor a frame over its budget.
  expect(world.lines.filter(({ level }) => level === "error")).toEqual([]);
  await healthy.close();
}, 180_000);

test("[CONN-3] the frames that are mutated are themselves understood", async () => {
  const client = await world.connect();
  for (const frame of SEEDS) {
    client.send({ ...frame, correlation_id: frame.type });
    await settle(client);
  }
  const shapes = client.frames.filter(({ code }) => code === "invalid_field" || code === "missing_field");
  expect(shapes.map((frame) => [frame["correlation_id"], frame["message"]])).toEqual([
    ["push_subscribe", expect.stringContaining("keys.p256dh")],
  ]);
  await client.close();
});

/** Bytes of the heap after a full collection. */
function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
