import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { RawClient, legacyHello, modernHello, type RawFrame } from "../support/raw-client.ts";
import { membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";
import { Mutator, SEED_FRAMES } from "../support/mutator.ts";

const SEED = Number(process.env["PARL_FUZZ_SEED"] ?? 20_260_101);
const FRAMES = 100_000;
const CONNECTIONS = 4;
/** Frames under way before their answers are awaited. */
const BATCH = 250;

let server: TestServer;
let ada: TestMember;
let grace: TestMember;

beforeAll(async () => {
  server = await startTestServer({
    meshes: [{ members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0, rateBurst: 0 } }],
    env: { PARL_LOG_LEVEL: "error" },
  });
  [ada, grace] = membersOf(server);
});
afterAll(() => server.end());

/** Answers that belong to a request: everything but what the broker says on its own. */
const isAnswer = (frame: RawFrame): boolean =>
  frame.type !== "push" && frame.type !== "state_change" && frame.type !== "receipt";

/** Answered on success only when a `_reqId` is given; section 2. */
const QUIET = new Set([
  "set_status",
  "set_summary",
  "set_agent_info",
  "join_group",
  "leave_group",
  "set_state",
  "watch_state",
  "unwatch_state",
  "client_ack",
  "client_nack",
]);
/** Followed by an empty reply when they fail without `_reqId` ([FRM-4]). */
const POSITIONAL: Record<string, string> = {
  get_state: "state_result",
  list_state: "state_list",
  list_peers: "peers_list",
  recall: "memory_results",
};

/** What is wrong with the answers to one frame; undefined when all is well. */
function complaint(frame: string | Buffer, answers: readonly RawFrame[]): string | undefined {
  const kinds = answers.map(({ type }) => type);
  const { type, _reqId: reqId } = read(frame);
  const isPositional =
    kinds.length === 2 && kinds[0] === "error" && reqId === undefined && kinds[1] === POSITIONAL[type];
  const isQuiet = kinds.length === 0 && reqId === undefined && QUIET.has(type);
  return kinds.length === 1 || isPositional || isQuiet ? undefined : `answered by [${kinds.join(", ")}]`;
}

/** Type and usable request id of a frame, as far as it has them. */
function read(frame: string | Buffer): { type: string; _reqId?: unknown } {
  try {
    const { type, _reqId: reqId } = JSON.parse(String(frame)) as { type?: unknown; _reqId?: unknown };
    const isUsable =
      (typeof reqId === "string" && reqId.length >= 1 && [...reqId].length <= 64) || Number.isSafeInteger(reqId);
    return { type: typeof type === "string" ? type : "", ...(isUsable ? { _reqId: reqId } : {}) };
  } catch {
    return { type: "" };
  }
}

/** Sends mutated frames, each followed by a request of its own that shows which answers came in between. */
class Fuzzer {
  readonly #mutator: Mutator;
  readonly #open: () => Promise<WebSocket>;
  readonly #isGreeted: boolean;
  /** Frames carried out or refused; those behind the one that ended a connection are not counted. */
  done = 0;

  constructor(options: { seed: number; open: () => Promise<WebSocket>; isGreeted: boolean }) {
    this.#mutator = new Mutator(options.seed);
    this.#open = options.open;
    this.#isGreeted = options.isGreeted;
  }

  /** Goes on until so many frames are done. */
  async run(frames: number): Promise<void> {
    let socket = await this.#open();
    while (this.done < frames) {
      const isOver = await this.#exchange(
        socket,
        Array.from({ length: BATCH }, () => this.#mutator.next()),
      );
      if (isOver) socket = await this.#open();
    }
    socket.terminate();
    await new Promise((resolve) => socket.once("close", resolve));
  }

  /** Resolves with true when the connection was ended, which only too many errors or a refused hello may do. */
  #exchange(socket: WebSocket, batch: (string | Buffer)[]): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let current = 0;
      let answers: RawFrame[] = [];
      const describe = (problem: string): Error =>
        new Error(`seed ${SEED}: ${problem}: ${JSON.stringify(String(batch[current]))}`);
      const finish = (isOver: boolean): void => {
        socket.off("message", onMessage);
        socket.off("close", onClose);
        this.done += current;
        resolve(isOver);
      };
      const onMessage = (data: Buffer): void => {
        const frame = JSON.parse(data.toString("utf8")) as RawFrame;
        if (!isAnswer(frame)) return;
        if (frame["_reqId"] !== `mark-${current}`) {
          answers.push(frame);
          return;
        }
        const problem = complaint(batch[current] ?? "", answers);
        if (problem !== undefined) reject(describe(problem));
        answers = [];
        current++;
        if (current === batch.length) finish(false);
      };
      const onClose = (code: number, reason: Buffer): void => {
        const text = reason.toString("utf8");
        const isAllowed =
          code === 1008 && (text === "too_many_errors" || (!this.#isGreeted && answers.at(-1)?.["code"] === text));
        if (isAllowed) finish(true);
        else reject(describe(`closed ${code} ${text}`));
      };
      socket.on("message", onMessage);
      socket.on("close", onClose);
      for (const [index, frame] of batch.entries()) {
        socket.send(frame, { binary: typeof frame !== "string" && frame[0] === 0 });
        // Deleting what is not there changes nothing, and waits for the answers of sends, which come when they are durable.
        const mark =
          read(frame).type === "send"
            ? { type: "set_state", key: "never-there", value: null }
            : { type: "list_peers", group: "nobody" };
        socket.send(JSON.stringify({ ...mark, _reqId: `mark-${index}` }));
      }
    });
  }
}

async function openRaw(): Promise<WebSocket> {
  return (await RawClient.open(server.wsUrl)).webSocket;
}

async function openGreeted(hello: () => RawFrame): Promise<WebSocket> {
  const { client } = await RawClient.join(server.wsUrl, hello());
  client.webSocket.removeAllListeners("message");
  return client.webSocket;
}

test(`[FRM-2] ${FRAMES} mutated frames before and after the hello: no crash, no hang, one answer each (seed ${SEED})`, async () => {
  const { client: healthy } = await RawClient.join(server.wsUrl, modernHello(grace));
  const stride = 1_000_003;
  let tick = 0;
  const fuzzers = Array.from({ length: CONNECTIONS }, (_, i) => {
    const isGreeted = i > 0;
    const sessionId = `fuzzer-${i}`;
    const hello = (): RawFrame =>
      (i % 2 === 0 ? modernHello : legacyHello)(ada, { session: null, sessionId, timestamp: Date.now() + tick++ });
    return new Fuzzer({ seed: SEED + i * stride, open: isGreeted ? () => openGreeted(hello) : openRaw, isGreeted });
  });
  let isRunning = true;
  const canary = (async (): Promise<number> => {
    let slowest = 0;
    while (isRunning) {
      const startedAt = performance.now();
      await healthy.settle();
      healthy.frames.length = 1;
      slowest = Math.max(slowest, performance.now() - startedAt);
    }
    return slowest;
  })();
  await Promise.all(fuzzers.map((fuzzer) => fuzzer.run(FRAMES / 5 / CONNECTIONS)));
  const heapBefore = usedHeap();
  await Promise.all(fuzzers.map((fuzzer) => fuzzer.run(FRAMES / CONNECTIONS)));
  const grown = usedHeap() - heapBefore;
  isRunning = false;
  expect(await canary).toBeLessThan(5_000);
  expect(fuzzers.reduce((sum, fuzzer) => sum + fuzzer.done, 0)).toBeGreaterThanOrEqual(FRAMES);
  expect(grown).toBeLessThan(32 * 1024 * 1024);
  expect(server.log).toEqual([]);
  const again = await RawClient.join(server.wsUrl, modernHello(grace));
  await Promise.all([again.client.close(), healthy.close()]);
}, 120_000);

test("[FRM-2] the frames that are mutated are themselves understood", async () => {
  const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
  for (const frame of SEED_FRAMES) {
    if (frame.type === "hello") continue;
    expect(await client.request(frame)).not.toMatchObject({ code: "bad_request" });
  }
  await client.close();
});

/** Bytes of the heap after a full collection. */
function usedHeap(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}
