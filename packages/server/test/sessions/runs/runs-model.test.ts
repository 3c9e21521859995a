import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunsStore, type RunsStore } from "../../support/runs-world/runs-store.ts";
import { RunsWorld, asker, type RunsServer } from "../../support/runs-world/runs-world.ts";

let source: RunsStore;
beforeAll(async () => {
  source = await openRunsStore();
});
afterAll(() => source.close());

const sessions = ["00000000-0000-4000-8000-0000000000aa", "00000000-0000-4000-8000-0000000000bb"];

// Mostly one session, so that things meet.
const session = fc.constantFrom(0, 0, 0, 1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("prompt" as const),
      session,
      mode: fc.constantFrom("reject", "queue", "steer", "interrupt"),
      text: fc.constantFrom("echo", "/hold", "/hold", "/stubborn", "/ask Bash", "/fail it", "/crash", "/late"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("finish" as const), session }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("again" as const), nth: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("interrupt" as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("kill" as const), session, keepQueue: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unlock" as const), session, force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), nth: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const), session }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("answer" as const), allow: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(50, 1_500, 6_000, 20_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("outage" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("crash" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface SentPrompt {
  readonly promptId: string;
  readonly text: string;
  readonly mode: string;
  readonly sessionId: string;
  isAccepted: boolean;
}

class Play {
  readonly world: RunsWorld;
  readonly servers: RunsServer[] = [];
  readonly sent: SentPrompt[] = [];
  #count = 0;
  /** Requests that the server of now has not answered; one that crashed never does. */
  #open = new Set<Promise<unknown>>();

  constructor(world: RunsWorld) {
    this.world = world;
  }

  get server(): RunsServer {
    return this.servers.at(-1)!;
  }

  async start(): Promise<void> {
    this.#open = new Set();
    this.servers.push(await this.world.startServer({ runTimeoutMs: 600_000 }));
  }

  /** Nothing is waited for: what was asked goes on among the steps that follow. */
  async take(one: Step): Promise<void> {
    const { desk, outage } = this.server;
    switch (one.do) {
      case "prompt": {
        const promptId = `00000000-0000-4000-8000-${String(++this.#count).padStart(12, "0")}`;
        const sessionId = sessions[one.session]!;
        this.#send({ promptId, text: one.text, mode: one.mode, sessionId, isAccepted: false });
        break;
      }
      case "again": {
        const had = this.sent[one.nth];
        if (had !== undefined) this.#send(had);
        break;
      }
      case "finish":
        for (const turn of [...this.world.main.held.values()].slice(0, 1 + one.session)) turn.finish();
        break;
      case "interrupt":
        this.#ask(desk.interrupt(sessions[one.session]!));
        break;
      case "kill":
        this.#ask(desk.kill({ sessionId: sessions[one.session]!, keepQueue: one.keepQueue, asker }));
        break;
      case "unlock":
        this.#ask(desk.unlock({ sessionId: sessions[one.session]!, force: one.force, asker }));
        break;
      case "cancel":
        this.#ask(desk.cancelPrompt(this.sent[one.nth]?.promptId ?? "none"));
        break;
      case "compact":
        this.#ask(desk.compact({ sessionId: sessions[one.session]!, asker }));
        break;
      case "answer":
        for (const { requestId } of desk.listPermissions().slice(0, 1)) {
          const decision = one.allow ? "allow" : "deny";
          this.#ask(desk.answerPermission({ requestId, decision, scope: "once", asker }));
        }
        break;
      case "wait":
        await this.world.time.advance(one.ms);
        break;
      case "outage":
        outage.mode = outage.mode === "up" ? "refusing" : "up";
        break;
      case "crash":
        this.world.crash(this.server);
        // An embedded database is opened by the next server only when nothing of the last one is under way in it.
        await this.world.time.advance(0);
        await this.start();
        break;
    }
    await this.world.turn();
  }

  /** Everything that is held ends, the store is back, and time goes on until every prompt has its outcome. */
  async finish(): Promise<void> {
    this.server.outage.mode = "up";
    // Requests read real files, which takes as long as it takes, whatever the held clock says.
    for (let round = 0; round < 20_000; round++) {
      for (const turn of [...this.world.main.held.values()]) turn.finish();
      for (const { requestId } of this.server.desk.listPermissions()) {
        await this.server.desk.answerPermission({ requestId, decision: "allow", scope: "once", asker });
      }
      await this.world.time.advance(500);
      await this.world.turn();
      const isBusy = sessions.some((id) => this.server.desk.status(id).state !== "idle");
      if (this.#open.size === 0 && !isBusy && (await this.world.store.listOpenPrompts()).length === 0) return;
    }
    throw new Error(`prompts without an outcome: ${JSON.stringify(await this.world.store.listOpenPrompts())}`);
  }

  #send(prompt: SentPrompt): void {
    if (!this.sent.includes(prompt)) this.sent.push(prompt);
    const { promptId, text, mode, sessionId } = prompt;
    this.#ask(
      this.server.prompt(text, { promptId, mode, newSessionId: sessionId }).then(() => (prompt.isAccepted = true)),
    );
  }

  /** What is refused, or fails with a store that is away, is none of this test's business. */
  #ask(request: Promise<unknown>): void {
    const open = this.#open;
    const answered = request.catch(() => undefined).finally(() => open.delete(answered));
    open.add(answered);
  }
}

async function check({ world, servers, sent }: Play): Promise<void> {
  expect(world.main.overlaps, "at most one run per session at a time").toEqual([]);
  const ran = world.main.ran.filter((id) => sent.some(({ promptId }) => promptId === id));
  expect(ran.toSorted(), "no prompt is run twice").toEqual([...new Set(ran)].toSorted());
  expect(await world.store.listLeases(), "no lock is left").toEqual([]);

  const waiting = await world.store.listDeliveries({
    clientSessionId: asker.clientSessionId,
    now: world.time.now(),
    maxMessages: 1_000,
    maxAgeMs: 1e9,
    gapMessageId: sessions[0]!,
  });
  const delivered = new Map<string, string[]>();
  for (const { messageId, documentJson } of waiting) {
    const { promptId } = JSON.parse(documentJson) as { promptId: string };
    delivered.set(promptId, [...(delivered.get(promptId) ?? []), messageId]);
  }
  for (const { promptId, isAccepted } of sent) {
    const row = await world.store.findPrompt(promptId);
    expect(row !== undefined || !isAccepted, `accepted prompt ${promptId} is kept`).toBe(true);
    if (row === undefined) continue;
    expect(row.finishedAt, `prompt ${promptId} has an outcome`).toBeDefined();
    const isSteered = row.state === "steered";
    expect(delivered.get(promptId) ?? [], `one message about ${promptId}`).toEqual(isSteered ? [] : [row.messageId]);
    const told = servers.flatMap((server) => server.results()).filter((one) => one.promptId === promptId);
    for (const { messageId } of told) {
      expect(messageId, `all are told the one outcome of ${promptId}`).toBe(row.messageId);
    }
  }
  for (const server of servers) checkOrder(server);
}

/** What one server told of each session: a run's beginning, then its end, then the next; history before a success. */
function checkOrder(server: RunsServer): void {
  for (const sessionId of sessions) {
    let running: string | undefined;
    const inHistory = new Set<string>();
    for (const one of server.told) {
      if (one.type === "history" && one.sessionId === sessionId) for (const id of one.ids) inHistory.add(id);
      if (one.type === "status" && one.status.sessionId === sessionId && one.status.state === "running") {
        expect(running, "a run begins after the end of the one before is told").toBeUndefined();
        running = one.status.promptId;
      }
      if (one.type === "result" && one.result.sessionId === sessionId) {
        const { promptId, success } = one.result;
        if (success) expect(inHistory.has(promptId), "history comes before its response").toBe(true);
        if (promptId === running) running = undefined;
      }
    }
  }
}

test(
  "[CRASH-1] [CRASH-2] [LOCK-1] [PROMPT-9] [PROMPT-12] [PROMPT-13] whatever happens in whatever order: one run at a time, no accepted prompt lost, none run twice, one outcome each, told in order",
  { timeout: 240_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50, size: "max" }), async (steps) => {
        const world = await RunsWorld.open(source);
        const play = new Play(world);
        try {
          await play.start();
          for (const one of steps) await play.take(one);
          await play.finish();
          await check(play);
          world.errors.length = 0; // what was logged about outages and lost locks
        } finally {
          await world.close();
        }
      }),
      { numRuns: 80, endOnFailure: false },
    );
  },
);
