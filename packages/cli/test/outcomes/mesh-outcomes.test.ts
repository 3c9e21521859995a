/** Commands of the mesh, the server and the diagnostics in every outcome, through the real program and a real server. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meshCaseTables } from "./case-tables.ts";
import { argumentOrders, runOutcome } from "./run-outcome.ts";
import { World } from "./world/world.ts";

const world = new World();

beforeAll(() => world.startServer());
afterAll(() => world.close());

describe.each(Object.entries(meshCaseTables))("%s", (_table, cases) => {
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
