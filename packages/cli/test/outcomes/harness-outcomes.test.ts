/** The harness commands in every outcome, through the real program. */
import { afterAll, describe, expect, test } from "vitest";
import { harnessCaseTables } from "./case-tables.ts";
import { argumentOrders, runOutcome } from "./run-outcome.ts";
import { World } from "./world/world.ts";

const world = new World();
afterAll(() => world.close());

describe.each(Object.entries(harnessCaseTables))("%s", (_table, cases) => {
  describe.each(argumentOrders)("%s", (order) => {
    test.each(cases)(
      "[SCH-3] [DET-4] [ENV-5] [ENV-6] $command: $outcome is what its schema and its golden file say",
      async (outcome) => {
        expect.hasAssertions();
        await runOutcome(world, outcome, order);
      },
    );
  });
});
