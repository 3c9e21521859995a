import { expect, test } from "vitest";
import { Intake } from "../../src/gateway/intake.ts";

/** A turn of the event loop that the test ends by hand. */
function createTurns() {
  let soon: (() => void)[] = [];
  const scheduler = { after: () => () => undefined, soon: (run: () => void) => void soon.push(run) };
  const next = (): void => {
    const due = soon;
    soon = [];
    for (const run of due) run();
  };
  return { scheduler, next, scheduled: () => soon.length };
}

/** A connection with so many frames left, which takes as many at a time as there is room for. */
function createReader(intake: Intake, name: string, frames: number, taken: string[]) {
  let left = frames;
  const read = (): void => {
    while (left > 0 && intake.hasRoom) {
      left--;
      taken.push(name);
      intake.note(1);
    }
    if (left > 0) intake.wait(read);
  };
  return { read, left: () => left };
}

test("[PERF-7] one turn takes a bounded number of frames, and fewer of those that end many deliveries", () => {
  const { scheduler, next } = createTurns();
  const intake = new Intake(scheduler);
  const countTurn = (deliveries: number): number => {
    let frames = 0;
    for (; intake.hasRoom; frames++) intake.note(deliveries);
    next();
    return frames;
  };
  expect(countTurn(1)).toBeLessThanOrEqual(64);
  expect(countTurn(20)).toBeLessThan(countTurn(1));
  expect(countTurn(100_000)).toBe(1);
});

test("[WS-4] what waits is taken in the order in which the connections came, and one with much delays the others a turn at most", () => {
  const { scheduler, next, scheduled } = createTurns();
  const intake = new Intake(scheduler);
  const taken: string[] = [];
  const big = createReader(intake, "big", 1_000, taken);
  const small = [createReader(intake, "a", 1, taken), createReader(intake, "b", 1, taken)];
  big.read();
  for (const reader of small) reader.read();
  expect(new Set(taken)).toEqual(new Set(["big"]));
  next();
  expect(small.map(({ left }) => left())).toEqual([1, 1]);
  next();
  expect(small.map(({ left }) => left())).toEqual([0, 0]);
  expect(taken.filter((name) => name !== "big")).toEqual(["a", "b"]);
  while (scheduled() > 0) next();
  expect(big.left()).toBe(0);
});

test("an intake that is idle asks for no turns", () => {
  const { scheduler, next, scheduled } = createTurns();
  const intake = new Intake(scheduler);
  expect(scheduled()).toBe(0);
  intake.note(1);
  expect(scheduled()).toBe(1);
  next();
  expect(scheduled()).toBe(0);
});
