/** Commands that run an engine. */
import { fails, succeeds, type OutcomeCase } from "../outcome-case.ts";
import { lockElsewhere, unusableSessions, withAgent, withInventory, withSession } from "../world/fixtures.ts";
import type { Place } from "../world/place.ts";
import type { World } from "../world/world.ts";

const prompt = ["hello"];
const routedPrompt = ["review bash MCP"];
const streamEvents = [
  ...["event message_start", "event command_match", "event tool_match", "event permission_denial"],
  ...["event message_delta", "event message_stop", "success"],
];

/** A call with these options in a new place; `prepare` fills it. */
const call = (options: readonly string[], prepare: (place: Place) => void = () => undefined, positionals = prompt) => {
  return (world: World) => {
    const place = world.place();
    prepare(place);
    return { place, positionals, options };
  };
};
const withRows = (options: readonly string[], positionals = routedPrompt) => {
  return (world: World) => {
    const place = world.place();
    return { place, positionals, options: [...withInventory(place), ...options] };
  };
};
const asking = (behaviour: Parameters<typeof withAgent>[1], ...options: string[]) => {
  return (world: World) => ({
    place: world.place(),
    positionals: prompt,
    options: [...withAgent(world, behaviour), ...options],
  });
};
/** Routed to nothing, and never answered. */
const stalling = (world: World) => {
  const place = world.place();
  return { place, positionals: prompt, options: [...withInventory(place), ...withAgent(world, "stall"), "--stream"] };
};
const session = ["--session-id", "review-1"];

/** What all three fail with alike. */
function sharedFailures(command: "flush-transcript" | "bootstrap" | "turn-loop"): OutcomeCase[] {
  return [
    fails(command, "invalid_input", (world) => ({
      place: world.place(),
      positionals: ["-"],
      input: Buffer.from([0xff, 0xfe]),
    })),
    fails(command, "invalid_session_id", call(["--session-id", "../review"])),
    fails(command, "invalid_working_directory", call(["--working-directory", "nowhere"])),
    fails(command, "session_path_unsafe", call(session, unusableSessions.link)),
    fails(
      command,
      "session_locked",
      call([...session, "--lock-timeout-ms", "0"], (place) => {
        withSession(place);
        lockElsewhere(place);
      }),
    ),
    fails(
      command,
      "filesystem",
      call(["--directory", "a-file/sessions"], (place) => void place.write("a-file", "")),
    ),
    fails(command, "engine_unavailable", call(["--agent", "acp:/nonexistent/agent"])),
    fails(command, "engine_unsupported", asking("answer", "--permission-mode", "plan")),
    fails(command, "engine_failed", asking("crash")),
    fails(command, "auth_required", asking("auth")),
    fails(command, "rate_limited", asking("rate")),
  ];
}

export const turnCases: readonly OutcomeCase[] = [
  succeeds("flush-transcript", "success", call(session)),
  succeeds("flush-transcript", "replaced", call(session, withSession)),
  succeeds("flush-transcript", "rejected", call(["--max-budget-tokens", "1"])),
  succeeds("flush-transcript", "timeout", call(["--timeout-seconds", "0"]), { status: 2 }),
  succeeds("flush-transcript", "agent", asking("answer")),
  fails("flush-transcript", "session_exists", call([...session, "--no-overwrite"], withSession)),
  ...sharedFailures("flush-transcript"),

  succeeds("bootstrap", "success", withRows(session)),
  succeeds("bootstrap", "resumed", call(session, withSession)),
  succeeds("bootstrap", "agent", asking("answer")),
  succeeds("bootstrap", "timeout", call(["--timeout-seconds", "-1"]), { status: 2 }),
  succeeds("bootstrap", "stream", withRows(["--stream"]), { branches: streamEvents }),
  succeeds(
    "bootstrap",
    "compacted",
    (world) => {
      const place = world.place();
      withSession(place, "review-1", 12);
      return { place, positionals: prompt, options: [...withInventory(place), ...session, "--stream"] };
    },
    {
      branches: [
        ...["event message_start", "event message_delta", "event compaction"],
        ...["event message_stop", "success"],
      ],
    },
  ),
  fails("bootstrap", "invalid_inventory", call(["--inventory", "nowhere"])),
  fails("bootstrap", "session_load_failed", call(session, unusableSessions.truncated)),
  ...sharedFailures("bootstrap"),

  succeeds("turn-loop", "success", withRows(["--max-turns", "2", "--continuation-prompt", "go on"])),
  succeeds("turn-loop", "no-turns", call(["--max-turns", "0"])),
  succeeds("turn-loop", "saved", call(session)),
  succeeds("turn-loop", "structured", call(["--structured-output"])),
  succeeds("turn-loop", "max-budget", call(["--max-budget-tokens", "1"])),
  succeeds("turn-loop", "agent", asking("answer")),
  succeeds("turn-loop", "timeout", call(["--timeout-seconds", "0"]), { status: 2 }),
  succeeds("turn-loop", "stream", withRows(["--stream"]), { branches: streamEvents }),
  succeeds(
    "turn-loop",
    "compacted",
    withRows(
      ["--stream", "--max-turns", "13", "--continuation-prompt", "more", "--max-budget-tokens", "100000"],
      prompt,
    ),
    {
      branches: [
        ...["event message_start", "event message_delta", "event message_stop"],
        ...["event compaction", "success"],
      ],
    },
  ),
  succeeds("turn-loop", "interrupted", stalling, {
    branches: ["event message_start", "event message_delta", "event message_stop", "success"],
    status: 130,
    during: async (run) => {
      await run.event("message_start");
      run.signal("SIGINT");
    },
  }),
  fails("turn-loop", "invalid_inventory", call(["--inventory", "nowhere"])),
  fails("turn-loop", "session_load_failed", call(session, unusableSessions.truncated)),
  ...sharedFailures("turn-loop"),

  succeeds("bootstrap-graph", "success", call([], undefined, [])),
  succeeds("bootstrap-graph", "measured", call(["--measure"], undefined, [])),
  fails("bootstrap-graph", "invalid_inventory", (world) => ({
    place: world.place(),
    options: ["--measure"],
    env: { PARL_INVENTORY: "nowhere" },
  })),
  fails("bootstrap-graph", "filesystem", (world) => {
    const place = world.place();
    return { place, options: ["--measure"], env: { TMPDIR: place.write("a-file", "") } };
  }),
];
