/** The server on this machine, its backups, and what tells about it. */
import { mkdirSync } from "node:fs";
import { fails, succeeds, type OutcomeCase } from "../outcome-case.ts";
import type { Place } from "../world/place.ts";
import type { World } from "../world/world.ts";

/** A home with the files of a server that ran once, without the server. */
function withDatabase(world: World): Place {
  const place = world.owner();
  place.copyHome(world.serverPlace.home, ["parl.db"]);
  return place;
}

export const serverCases: readonly OutcomeCase[] = [
  succeeds("up", "started", (world) => ({ place: world.ownServer(), options: ["--port", "0"] })),
  succeeds("up", "already-running", (world) => ({ place: world.serverPlace })),
  succeeds("up", "foreground", (world) => ({ place: world.place(), options: ["--foreground", "--port", "0"] }), {
    branches: ["event listening", "success"],
    during: async (run) => {
      await run.event("listening");
      run.signal("SIGINT");
    },
  }),
  fails("up", "server_start_failed", (world) => ({
    place: world.place(),
    options: ["--port", "0"],
    env: { PARL_DATABASE_URL: "nonsense" },
  })),

  succeeds("down", "stopped", async (world) => {
    const place = world.ownServer();
    await world.start(place);
    return { place };
  }),
  succeeds("down", "not-running", (world) => ({ place: world.place() })),

  succeeds("backup", "success", (world) => ({ place: withDatabase(world), options: ["--out", "parl.backup"] })),
  succeeds("backup", "encrypted", (world) => ({
    place: withDatabase(world),
    options: ["--out", "parl.backup", "--passphrase-stdin"],
    input: "correct horse\n",
  })),
  fails("backup", "filesystem", (world) => {
    const place = withDatabase(world);
    place.write("parl.backup", "");
    return { place, options: ["--out", "parl.backup"] };
  }),
  fails("backup", "invalid_input", (world) => ({
    place: withDatabase(world),
    options: ["--out", "parl.backup", "--passphrase-stdin"],
  })),
  fails("backup", "bad_request", (world) => ({
    place: withDatabase(world),
    options: ["--out", "parl.backup"],
    env: { PARL_DATABASE_URL: "postgres://localhost/x" },
  })),

  succeeds("restore", "success", async (world) => {
    const from = withDatabase(world);
    const place = world.place();
    await world.json(from, ["backup", "--out", place.path("parl.backup")], {
      env: { PARL_CLOCK: "2026-01-02T03:04:05Z" },
    });
    return { place, positionals: ["parl.backup"] };
  }),
  fails("restore", "filesystem", (world) => ({ place: world.place(), positionals: ["nosuch.backup"] })),
  fails("restore", "invalid_backup", (world) => {
    const place = world.place();
    place.write("parl.backup", "nonsense\n");
    return { place, positionals: ["parl.backup"] };
  }),
  fails("restore", "invalid_input", async (world) => {
    const place = world.place();
    await world.json(withDatabase(world), ["backup", "--out", place.path("parl.backup"), "--passphrase-stdin"], {
      input: "correct horse\n",
    });
    return { place, positionals: ["parl.backup"] };
  }),
  fails("restore", "home_not_empty", async (world) => {
    const place = withDatabase(world);
    await world.json(place, ["backup", "--out", "parl.backup"]);
    return { place, positionals: ["parl.backup"] };
  }),
  fails("restore", "bad_request", (world) => {
    const place = world.place();
    place.write("parl.backup", "nonsense\n");
    return { place, positionals: ["parl.backup"], env: { PARL_DATABASE_URL: "postgres://localhost/x" } };
  }),

  succeeds(
    "export",
    "success",
    async (world) => {
      const { place, slug } = await world.mesh();
      await world.json(place, ["state", "set", "build/status", '"green"', "--mesh", slug]);
      return { place, options: ["--out", "crew.json", "--mesh", slug] };
    },
    { clock: "real" },
  ),
  fails("export", "filesystem", (world) => ({ place: world.owner(), options: ["--out", "no/such/folder"] }), {
    clock: "real",
  }),

  succeeds("status", "success", async (world) => ({ place: await world.member("reader") })),
  succeeds("status", "dashboard", (world) => ({ place: world.serverPlace, options: ["--dashboard"] })),
  succeeds("status", "not-ok", (world) => ({ place: world.place() }), { status: 1 }),
  fails("status", "unauthorized", (world) => ({ place: world.guest(), options: ["--dashboard"] })),

  succeeds("doctor", "success", (world) => ({ place: world.guest(), env: { PARL_CLAUDE: "/nonexistent/claude" } })),
  succeeds(
    "doctor",
    "not-ok",
    (world) => {
      const place = world.place();
      place.writeConfig("{ not json");
      return { place, env: { PARL_CLAUDE: "/nonexistent/claude" } };
    },
    { status: 1 },
  ),

  succeeds("welcome", "success", (world) => ({ place: world.guest() })),
  fails("welcome", "bad_request", (world) => ({ place: world.place(), env: { PARL_URL: "nowhere" } })),

  succeeds("install", "success", (world) => ({ place: world.place() })),
  succeeds("install", "unchanged", async (world) => {
    const place = world.place();
    await world.json(place, ["install"]);
    return { place };
  }),
  fails("install", "invalid_config", (world) => {
    const place = world.place();
    place.write("../.claude.json", "{ not json");
    return { place };
  }),
  fails("install", "filesystem", (world) => {
    const place = world.place();
    mkdirSync(place.path("../.claude.json"));
    return { place };
  }),

  succeeds("uninstall", "success", async (world) => {
    const place = world.place();
    await world.json(place, ["install"]);
    return { place };
  }),
  succeeds("uninstall", "unchanged", (world) => ({ place: world.place() })),
  fails("uninstall", "invalid_config", (world) => {
    const place = world.place();
    place.write("../.claude.json", "{ not json");
    return { place };
  }),
  fails("uninstall", "filesystem", (world) => {
    const place = world.place();
    mkdirSync(place.path("../.claude.json"));
    return { place };
  }),

  succeeds("hook idle", "success", (world) => ({ place: world.guest() })),
  succeeds("hook working", "success", (world) => ({ place: world.guest() })),
  succeeds("hook dnd", "success", (world) => ({ place: world.guest() })),

  succeeds("version", "success", (world) => ({ place: world.place() })),
  succeeds("help", "program", (world) => ({ place: world.place() })),
  succeeds("help", "command", (world) => ({ place: world.place(), positionals: ["state", "get"] })),
  succeeds("help", "actions", (world) => ({ place: world.place(), positionals: ["state"] })),
  succeeds("schema", "list", (world) => ({ place: world.place() })),
  succeeds("schema", "command", (world) => ({ place: world.place(), positionals: ["version"] })),
  fails("schema", "schema_not_found", (world) => ({ place: world.place(), positionals: ["versoin"] })),
];
