/** Commands that talk to peers: peers, send, messages, explain. */
import { fails, succeeds, type OutcomeCase } from "../outcome-case.ts";
import type { World } from "../world/world.ts";

/** A message that waits for the guest; answers its id. */
async function leaveMail(world: World, text: string): Promise<string> {
  const sent = await world.json(world.owner(), ["send", "guest", text, "--wait", "0", "--priority", "low"]);
  return String(sent["message_id"]);
}

export const talkingCases: readonly OutcomeCase[] = [
  succeeds("peers", "empty", (world) => ({ place: world.guest(), options: ["--group", "nobody-is-in-this-group"] })),
  succeeds("peers", "success", async (world) => {
    const { place, slug } = await world.mesh();
    return { place, options: ["--all", "--mesh", slug] };
  }),

  succeeds("send", "queued", (world) => ({
    place: world.owner(),
    positionals: ["guest", "the build is green"],
    options: ["--wait", "0"],
  })),
  succeeds("send", "from-stdin", (world) => ({
    place: world.owner(),
    positionals: ["guest", "-"],
    options: ["--wait", "0"],
    input: "from stdin\n",
  })),
  fails("send", "unknown_recipient", (world) => ({
    place: world.owner(),
    positionals: ["f".repeat(64), "hello"],
  })),
  fails("send", "channel_unsupported", (world) => ({ place: world.owner(), positionals: ["#general", "hello"] })),
  fails("send", "bad_target", (world) => ({ place: world.owner(), positionals: ["@", "hello"] })),
  fails("send", "empty_group", (world) => ({ place: world.owner(), positionals: ["@nosuch", "hello"] })),
  fails("send", "too_large", (world) => ({
    place: world.owner(),
    positionals: ["guest", "x".repeat(70_000)],
  })),
  fails("send", "invalid_input", (world) => ({ place: world.owner(), positionals: ["guest", ""] })),

  succeeds("messages", "success", async (world) => {
    const place = await world.member("reader");
    const [entry] = world.config(place).meshes;
    await world.json(world.owner(), ["send", entry?.["pubkey"] ?? "", "one", "--wait", "0", "--priority", "low"]);
    return { place };
  }),
  succeeds("messages", "empty", async (world) => ({ place: await world.member("reader") })),
  succeeds(
    "messages",
    "follow",
    async (world) => ({
      place: await world.member("follower"),
      options: ["--follow", "--name", world.unique("follower"), "--max", "1"],
    }),
    {
      branches: ["event listening", "event message", "success"],
      during: async (run, world) => {
        await run.event("listening");
        await world.json(world.owner(), ["send", "*", "to everybody", "--wait", "0"]);
      },
    },
  ),
  fails(
    "messages",
    "interrupted",
    async (world) => ({
      place: await world.member("follower"),
      options: ["--follow", "--name", world.unique("follower")],
    }),
    {
      outcome: "follow-interrupted",
      branches: ["event listening", "error"],
      status: 130,
      during: async (run) => {
        await run.event("listening");
        run.signal("SIGINT");
      },
    },
  ),

  succeeds("explain", "success", async (world) => ({
    place: world.owner(),
    positionals: [await leaveMail(world, "what becomes of it")],
  })),
  fails("explain", "message_not_found", (world) => ({ place: world.owner(), positionals: ["nosuchmessage1"] })),
];
