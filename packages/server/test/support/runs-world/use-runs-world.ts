import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { openRunsStore, type RunsStore } from "./runs-store.ts";
import { RunsWorld } from "./runs-world.ts";

/** A world of its own for every test of a file, on one store that is emptied between them. */
export function useRunsWorld(): () => RunsWorld {
  let source: RunsStore;
  let world: RunsWorld;
  beforeAll(async () => {
    source = await openRunsStore();
  });
  beforeEach(async () => {
    world = await RunsWorld.open(source);
  });
  afterEach(() => world.close());
  afterAll(() => source.close());
  return () => world;
}
