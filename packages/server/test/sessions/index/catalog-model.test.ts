import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CatalogWorld, OTHER, SESSION } from "./catalog-world.ts";
import { expectedSessions } from "./expected-sessions.ts";
import { FileSteps, fileStep, type FileStep } from "./file-steps.ts";
import { LogMirror } from "./log-mirror.ts";
import { MemoryCatalogStore } from "./catalog-store.ts";
import { UnreliableWatch } from "./unreliable-watch.ts";

const SESSIONS = [SESSION, OTHER];
/** After so long it is a failure: a thread of the reader may have to be started first. */
const PATIENCE_MS = 10_000;
/** Longer than a torn end has to be at rest, and than sweeps take. */
const REST_MS = 14_000;

type Step =
  | FileStep
  /** Some turns of the event loop, and some held time. */
  | { readonly do: "wait"; readonly turns: number; readonly ms: number }
  | { readonly do: "open"; readonly session: number }
  | { readonly do: "late" }
  /** The server is down while files change. */
  | { readonly do: "restart"; readonly meanwhile: readonly FileStep[]; readonly losesIndex: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fileStep },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait"), turns: fc.nat({ max: 60 }), ms: fc.constantFrom(0, 5, 25, 1_100) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("open"), session: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("late") }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("restart"),
      meanwhile: fc.array(fileStep, { minLength: 1, maxLength: 3 }),
      losesIndex: fc.boolean(),
    }),
  },
) as fc.Arbitrary<Step>;

const fate = fc.constantFrom("now" as const, "late" as const, "lost" as const);

test(
  "[WATCH-5] [HIST-11] [WATCH-3] whatever happens to files and watches, the catalog ends as a rebuild would, and who follows a log misses nothing",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        fc.array(fate, { minLength: 1, maxLength: 9 }),
        run,
      ),
      { numRuns: 60 },
    );
  },
);

async function run(steps: readonly Step[], fates: readonly ("now" | "late" | "lost")[]): Promise<void> {
  const watch = new UnreliableWatch(fates);
  const world = new CatalogWorld({ watchDirectory: watch.watchDirectory });
  const files = new FileSteps(world.root, SESSIONS);
  const mirror = new LogMirror();
  try {
    for (const session of [0, 1]) files.take({ do: "append", session, folder: session, lines: 3 });
    await start(world, mirror);
    for (const next of steps) {
      if (next.do === "late") watch.bringLate();
      else if (next.do === "wait") await wait(world, next.turns, next.ms);
      else if (next.do === "open") await open(world, mirror, SESSIONS[next.session] ?? "");
      else if (next.do === "restart") await restart(world, mirror, files, next);
      else files.take(next);
    }
    watch.bringLate();
    await settle(world);
    await check(world, mirror);
    await expectRebuilt(world);
    // A listener that failed is one of them: what it expected did not hold.
    expect(world.warnings).toEqual([]);
  } finally {
    await world.close();
  }
}

async function start(world: CatalogWorld, mirror: LogMirror): Promise<void> {
  await world.start();
  world.catalog.listen(mirror.listener);
}

async function wait(world: CatalogWorld, turns: number, ms: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  await world.time.advance(ms);
}

async function open(world: CatalogWorld, mirror: LogMirror, sessionId: string): Promise<void> {
  const log = await world.catalog.open(sessionId);
  if (log !== undefined) mirror.open(log);
}

/** Left alone, the catalog finds by itself what is on the disk. */
async function settle(world: CatalogWorld): Promise<void> {
  const { surveys } = world;
  await world.time.advance(REST_MS);
  // What it lists might be right by chance before it has looked again.
  await world.until(() => world.surveys >= surveys + 2);
  const expected = expectedSessions(world.root).map(({ ids: _, ...session }) => session);
  const listed = (): unknown =>
    world.catalog
      .list({})
      .map(({ sessionId, messageCount, preview }) => ({ sessionId, messageCount, preview }))
      .sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
  let is = listed();
  for (const start = performance.now(); !isDeepStrictEqual(is, expected) && performance.now() - start < PATIENCE_MS;) {
    await world.time.advance(10);
    is = listed();
  }
  expect(is).toEqual(expected);
}

async function check(world: CatalogWorld, mirror: LogMirror): Promise<void> {
  const expected = new Map(expectedSessions(world.root).map(({ sessionId, ids }) => [sessionId, ids]));
  for (const sessionId of mirror.sessionIds) {
    const log = await world.catalog.open(sessionId);
    if (log === undefined) mirror.lose(sessionId);
    else await mirror.check(log, expected.get(sessionId) ?? []);
  }
}

async function restart(
  world: CatalogWorld,
  mirror: LogMirror,
  files: FileSteps,
  { meanwhile, losesIndex }: Extract<Step, { do: "restart" }>,
): Promise<void> {
  await settle(world);
  await check(world, mirror);
  const followed = mirror.sessionIds;
  await world.stop();
  mirror.forget();
  for (const fileStepMeanwhile of meanwhile) files.take(fileStepMeanwhile);
  if (losesIndex) world.loseIndex();
  await start(world, mirror);
  for (const sessionId of followed) {
    const log = await world.catalog.open(sessionId);
    if (log !== undefined) await mirror.resume(log);
  }
}

async function expectRebuilt(world: CatalogWorld): Promise<void> {
  const is = world.catalog.list({});
  await world.stop();
  world.loseIndex();
  await world.start({ store: new MemoryCatalogStore() });
  expect(is).toEqual(world.catalog.list({}));
}
