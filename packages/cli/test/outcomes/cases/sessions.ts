/** Stored sessions. */
import { symlinkSync } from "node:fs";
import { fails, succeeds, type OutcomeCase } from "../outcome-case.ts";
import { goldenClock } from "../placeholders.ts";
import { lockElsewhere, unusableSessions, withSession } from "../world/fixtures.ts";
import type { Place } from "../world/place.ts";
import type { World } from "../world/world.ts";

const prepared = (world: World, ...preparations: readonly ((place: Place) => void)[]): Place => {
  const place = world.place();
  for (const prepare of preparations) prepare(place);
  return place;
};
const positionals = ["review-1"];

export const sessionCases: readonly OutcomeCase[] = [
  succeeds("list-sessions", "success", async (world) => {
    const place = world.place();
    await world.json(place, ["flush-transcript", "hello", "--session-id", "review-1"], {
      env: { PARL_CLOCK: goldenClock },
    });
    unusableSessionBeside(place);
    return { place };
  }),
  succeeds("list-sessions", "empty", (world) => ({ place: world.place(), options: ["--directory", "nowhere"] })),
  fails("list-sessions", "filesystem", (world) => {
    const place = world.place();
    symlinkSync("loop", place.path("loop"));
    return { place, options: ["--directory", "loop"] };
  }),

  succeeds("load-session", "success", (world) => ({ place: prepared(world, withSession), positionals })),
  fails("load-session", "session_not_found", (world) => ({ place: world.place(), positionals }), {
    branches: ["not_found"],
  }),
  fails("load-session", "invalid_session_id", (world) => ({ place: world.place(), positionals: ["../review"] })),
  fails("load-session", "session_load_failed", (world) => ({
    place: prepared(world, unusableSessions.truncated),
    positionals,
  })),
  fails("load-session", "session_path_unsafe", (world) => ({
    place: prepared(world, unusableSessions.link),
    positionals,
  })),

  succeeds("delete-session", "success", (world) => ({ place: prepared(world, withSession), positionals })),
  succeeds("delete-session", "not-found", (world) => ({ place: world.place(), positionals })),
  fails("delete-session", "invalid_session_id", (world) => ({ place: world.place(), positionals: ["../review"] })),
  fails("delete-session", "session_path_unsafe", (world) => ({
    place: prepared(world, unusableSessions.link),
    positionals,
  })),
  fails("delete-session", "session_delete_failed", (world) => ({
    place: prepared(world, unusableSessions.directory),
    positionals,
  })),
  fails("delete-session", "session_locked", (world) => ({
    place: prepared(world, withSession, lockElsewhere),
    positionals,
    options: ["--lock-timeout-ms", "0"],
  })),
];

/** One session that cannot be used, and one entry that is none. */
function unusableSessionBeside(place: Place): void {
  place.write(".port_sessions/broken.json", "{");
  place.write(".port_sessions/not an id.json", "{}");
}
