/** Shared state and memory. */
import { fails, succeeds, type OutcomeCase } from "../outcome-case.ts";

export const boardCases: readonly OutcomeCase[] = [
  succeeds("state get", "success", async (world) => {
    const key = world.unique("build/status");
    await world.json(world.owner(), ["state", "set", key, '{"green":true}']);
    return { place: world.owner(), positionals: [key] };
  }),
  fails("state get", "state_not_found", (world) => ({ place: world.owner(), positionals: ["nosuch"] })),

  succeeds("state set", "success", (world) => ({
    place: world.owner(),
    positionals: [world.unique("build/status"), '{"green":true}'],
    options: ["--if-version", "0"],
  })),
  succeeds("state set", "deleted", async (world) => {
    const key = world.unique("build/status");
    await world.json(world.owner(), ["state", "set", key, "1"]);
    return { place: world.owner(), positionals: [key, "null"] };
  }),
  fails("state set", "version_conflict", async (world) => {
    const key = world.unique("build/status");
    await world.json(world.owner(), ["state", "set", key, "1"]);
    return { place: world.owner(), positionals: [key, "2"], options: ["--if-version", "0"] };
  }),
  fails("state set", "value_too_large", (world) => ({
    place: world.owner(),
    positionals: ["large", "x".repeat(70_000)],
  })),

  succeeds("state list", "success", async (world) => {
    const prefix = world.unique("list");
    await world.json(world.owner(), ["state", "set", `${prefix}/a`, "1"]);
    return { place: world.owner(), options: ["--prefix", `${prefix}/`] };
  }),
  succeeds("state list", "empty", (world) => ({ place: world.owner(), options: ["--prefix", "nosuch/"] })),

  succeeds(
    "state watch",
    "success",
    async (world) => {
      const { place, slug } = await world.mesh("watched");
      return { place, positionals: ["build/*"], options: ["--max", "1", "--mesh", slug] };
    },
    {
      branches: ["event watching", "event state_change", "success"],
      during: async (run, world, { place, options = [] }) => {
        await run.event("watching");
        await world.json(place, ["state", "set", "build/status", '"green"', "--mesh", options.at(-1) ?? ""]);
      },
    },
  ),
  fails("state watch", "interrupted", (world) => ({ place: world.owner(), positionals: ["interrupted"] }), {
    branches: ["event watching", "error"],
    status: 130,
    during: async (run) => {
      await run.event("watching");
      run.signal("SIGTERM");
    },
  }),

  fails(
    "state watch",
    "interrupted",
    async (world) => ({ place: await world.ownerOverLink(), positionals: ["over-a-link"] }),
    {
      outcome: "gap",
      branches: ["event watching", "event gap", "error"],
      status: 130,
      during: async (run, world) => {
        await run.event("watching");
        world.cutLinks();
        await run.event("gap");
        run.signal("SIGINT");
      },
    },
  ),

  succeeds("remember", "success", (world) => ({
    place: world.owner(),
    positionals: ["deploys are frozen on Fridays"],
    options: ["--tag", "deploy"],
  })),
  fails("remember", "value_too_large", (world) => ({ place: world.owner(), positionals: ["x".repeat(33_000)] })),
  fails("remember", "invalid_input", (world) => ({ place: world.owner(), positionals: [""] })),

  succeeds("recall", "success", async (world) => {
    const tag = world.unique("recalled");
    await world.json(world.owner(), ["remember", "the deploying agent is called Otto", "--tag", tag]);
    return { place: world.owner(), positionals: ["deploying"], options: ["--tag", tag] };
  }),
  succeeds("recall", "empty", (world) => ({ place: world.owner(), positionals: ["nosuchword"] })),

  succeeds("forget", "success", async (world) => {
    const { id } = await world.json(world.owner(), ["remember", "to be forgotten"]);
    return { place: world.owner(), positionals: [String(id)] };
  }),
  fails("forget", "memory_not_found", (world) => ({ place: world.owner(), positionals: ["0000000000"] })),
  fails("forget", "forbidden", async (world) => {
    const { id } = await world.json(world.owner(), ["remember", "of the owner"]);
    return { place: world.guest(), positionals: [String(id)] };
  }),
];
