/**
 * Refusals that many commands share, as data: for each situation how to bring it about for any command, and for each
 * command how it is called when all is well. They run in this process, because there are hundreds; what a process adds
 * (its status, a clean stderr) is shown for every command by the cases of `cases/`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorKind } from "@parlatory/protocol";
import type { AnyCommandDefinition } from "../../src/harness/command.ts";
import type { OutcomeCall } from "./outcome-case.ts";
import type { Place } from "./world/place.ts";
import type { Refusal } from "./world/refusing-broker.ts";
import { remoteRequest, remoteSession, type RemoteScript } from "./world/scripted-remote.ts";
import type { World } from "./world/world.ts";

export interface RefusalCase {
  readonly command: string;
  readonly kind: ErrorKind;
  readonly call: (world: World) => OutcomeCall | Promise<OutcomeCall>;
}

interface CommandCall {
  readonly positionals?: readonly string[];
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How each command is called when nothing is wrong; `<link>` is a valid invite of the real server. */
const calls: Readonly<Record<string, CommandCall>> = {
  peers: {},
  send: { positionals: ["*", "hello"], options: ["--wait", "0"] },
  messages: {},
  explain: { positionals: ["somemessage1"] },
  "state get": { positionals: ["key"] },
  "state set": { positionals: ["key", "1"] },
  "state list": {},
  "state watch": { positionals: ["key"] },
  remember: { positionals: ["a text"] },
  recall: { positionals: ["query"] },
  forget: { positionals: ["0000000000"] },
  "mesh create": { positionals: ["crew"] },
  "mesh list": {},
  "mesh policy": { positionals: ["local"] },
  "mesh members": { positionals: ["local"] },
  "mesh seed": { options: ["--members", "1", "--out", "seed.json"] },
  "invite create": {},
  "invite list": {},
  "invite revoke": { positionals: ["someinvite1"] },
  export: { options: ["--out", "export.json"] },
  list: {},
  leave: { positionals: ["local"] },
  status: {},
  join: { positionals: ["<link>"] },
  launch: { options: ["--agent", "echo", "--name", "ann", "--quiet", "-y"] },
  down: {},
  up: {},
  "sessions list": {},
  "sessions show": { positionals: [remoteSession] },
  "sessions follow": { positionals: [remoteSession] },
  prompt: { positionals: ["hello"], options: ["--session", remoteSession] },
  attach: { positionals: [remoteSession] },
  kill: { positionals: [remoteSession] },
  compact: { positionals: [remoteSession] },
  run: { positionals: ["git.status"] },
  history: {},
  "approvals list": {},
  "approvals answer": { positionals: [remoteRequest, "allow"] },
  pair: {},
  dashboard: { options: ["--print"] },
  devices: {},
  "devices revoke": { positionals: ["dev-3f9a"] },
};

/** Commands that choose a mesh by a positional and not by `--mesh`. */
const namesMesh: Readonly<Record<string, (slug: string) => CommandCall>> = {
  leave: (slug) => ({ positionals: [slug] }),
  "mesh policy": (slug) => ({ positionals: [slug] }),
  "mesh members": (slug) => ({ positionals: [slug] }),
};

type Producer = (world: World, command: string) => OutcomeCall | Promise<OutcomeCall>;

function callOf(command: string, place: Place, changes: CommandCall = {}): OutcomeCall {
  const call = calls[command] ?? {};
  return { place, ...call, ...changes, env: { ...call.env, ...changes.env } };
}

/** The owner's config with every address replaced, joined to meshes of these slugs with ids of their own. */
function redirected(world: World, place: Place, brokerUrl: string, slugs: readonly string[] = ["local"]): Place {
  const { meshes, owned, ...rest } = world.config();
  const [joined = {}] = meshes;
  place.writeConfig({
    ...rest,
    meshes: slugs.map((slug, index) => ({ ...joined, brokerUrl, slug, meshId: `${joined["meshId"]}${index || ""}` })),
    owned: owned.map((mesh) => ({ ...mesh, brokerUrl })),
  });
  return place;
}

const unreachableUrl = "http://127.0.0.1:9";
const unreachableSocket = "ws://127.0.0.1:9/ws";

/** What does not depend on a server. */
const local: Partial<Record<ErrorKind, Producer>> = {
  invalid_config: async (world, command) => {
    const place = world.place();
    place.writeConfig("{ not json");
    place.copyHome(world.serverPlace.home, ["admin-token"]);
    return callOf(command, place, await withLink(world, command));
  },
  filesystem: async (world, command) => {
    const place = world.place();
    mkdirSync(join(place.home, "config.json"), { recursive: true });
    place.copyHome(world.serverPlace.home, ["admin-token"]);
    return callOf(command, place, await withLink(world, command));
  },
  not_joined: (world, command) => callOf(command, world.place()),
  mesh_required: (world, command) =>
    callOf(command, redirected(world, world.place(), unreachableSocket, ["one", "two"])),
  mesh_not_found: (world, command) => {
    const options = [...(calls[command]?.options ?? []), "--mesh", "nosuch"];
    const place = redirected(world, world.place(), unreachableSocket);
    return callOf(command, place, namesMesh[command]?.("nosuch") ?? { options });
  },
  ambiguous: (world, command) => {
    const place = redirected(world, world.place(), unreachableSocket, ["twin", "twin"]);
    const named = command === "status" ? { options: ["--mesh", "twin"] } : namesMesh[command]?.("twin");
    return callOf(command, place, named ?? { env: { PARL_MESH: "twin" } });
  },
  server_unreachable: (world, command) => {
    const place = redirected(world, world.place(), unreachableSocket);
    place.copyHome(world.serverPlace.home, ["admin-token"]);
    return callOf(command, place, { env: { PARL_URL: unreachableUrl } });
  },
};

/** What only one command can meet. */
const special: Readonly<Record<string, Partial<Record<ErrorKind, Producer>>>> = {
  launch: {
    bad_group: (world) => ({ place: world.guest(), options: ["--agent", "echo", "-y", "--groups", "!"] }),
    invalid_input: (world) => ({ place: world.guest(), options: ["--agent", "echo", "-y", "--role", "x".repeat(65)] }),
    engine_unavailable: (world) => ({
      place: world.guest(),
      options: ["-y"],
      env: { PARL_CLAUDE: "/nonexistent/claude" },
    }),
  },
  join: {
    server_unreachable: async (world) => ({
      place: world.place(),
      positionals: [await world.invite("http://127.0.0.1:9")],
    }),
  },
  send: { undeliverable: refused({ at: "request", code: "undeliverable_key" }) },
  status: {
    bad_request: (world) => ({ place: world.place(), options: ["--dashboard"], env: { PARL_URL: "nowhere" } }),
  },
  "mesh seed": {
    filesystem: (world) => ({
      place: world.owner(),
      options: ["--members", "1", "--out", "no/such/folder", "--slug", world.unique("seed")],
      env: { PARL_URL: world.url },
    }),
  },
  down: {
    filesystem: (world) => {
      const place = world.place();
      mkdirSync(place.home);
      writeFileSync(join(place.home, "server.lock"), "not the database it should be".repeat(100));
      return { place };
    },
  },
};

async function withLink(world: World, command: string): Promise<CommandCall> {
  return calls[command]?.positionals?.[0] === "<link>" ? { positionals: [await world.invite()] } : {};
}

/** The whole conversation goes to a broker that refuses. */
function refused(refusal: Refusal): Producer {
  return async (world, command) => {
    const broker = await world.brokerThat(refusal);
    const place = redirected(world, world.place(), broker.socketUrl);
    place.copyHome(world.serverPlace.home, ["admin-token"]);
    return callOf(command, place, { env: { PARL_URL: broker.url } });
  };
}

const helloCodes = [
  "malformed",
  "timestamp_skew",
  "bad_signature",
  "replayed",
  "unauthorized",
  "revoked",
  "bad_session_proof",
  "session_proof_required",
  "session_key_taken",
  "capacity",
  "hello_timeout",
] as const satisfies readonly ErrorKind[];

/** Codes a broker gives to requests; over HTTP to commands that use it. */
const requestCodes = [
  "rate_limited",
  "storage_unavailable",
  "shutting_down",
  "bad_request",
  "bad_group",
  "ambiguous",
  "forbidden",
  "limit_reached",
  "value_too_large",
  "version_conflict",
  "self_recipient",
  "bad_priority",
  "mailbox_full",
  "id_conflict",
  "plaintext_forbidden",
  "recipients_lack_encryption",
] as const satisfies readonly ErrorKind[];

const httpCodes = [
  "unauthorized",
  "forbidden",
  "bad_request",
  "mesh_not_found",
  "rate_limited",
  "storage_unavailable",
  "value_too_large",
  "slug_taken",
  "limit_reached",
  "invite_not_found",
] as const satisfies readonly ErrorKind[];

/** What the server says to whoever joins; the invite itself is in order. */
const joinCodes = [
  "invite_owner_mismatch",
  "invite_not_found",
  "invite_mesh_mismatch",
  "invite_revoked",
  "invite_exhausted",
  "member_revoked",
  "mesh_not_found",
  "storage_unavailable",
  "rate_limited",
  "value_too_large",
  "bad_request",
] as const satisfies readonly ErrorKind[];

/** Faults of an invite that are found before any network use. */
const brokenInvites: Partial<Record<ErrorKind, (link: string) => CommandCall>> = {
  invite_malformed: () => ({ positionals: ["not a link"] }),
  invite_bad_signature: (link) => ({ positionals: [forge(link)] }),
  invite_expired: (link) => ({ positionals: [link], env: { PARL_CLOCK: "2100-01-01T00:00:00Z" } }),
};

/** The same invite with another address in it. */
function forge(link: string): string {
  const token = link.slice(link.lastIndexOf("/") + 1);
  const invite = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as object;
  return Buffer.from(JSON.stringify({ ...invite, broker_url: "ws://127.0.0.1:9/ws" })).toString("base64url");
}

/** Joining by `link`: `launch` does it by an option. */
function joining(command: string, { positionals: [link = ""] = [], env }: CommandCall): CommandCall {
  const given = env === undefined ? {} : { env };
  if (command === "join") return { positionals: [link], ...given };
  return { options: [...(calls[command]?.options ?? []), `--join=${link}`], ...given };
}

function refusedInvite(code: string): Producer {
  return async (world, command) => {
    const { url } = await world.brokerThat({ at: "http", code });
    return callOf(command, world.place(), joining(command, { positionals: [await world.invite(url)] }));
  };
}

const httpCommands = new Set([
  ...["mesh create", "mesh policy", "mesh members", "mesh seed"],
  ...["invite create", "invite list", "invite revoke", "export"],
]);
const socketCommands = new Set([
  ...["peers", "send", "messages", "explain", "state get", "state set", "state list", "state watch"],
  ...["remember", "recall", "forget"],
]);

const remoteCommands = new Set([
  ...["sessions list", "sessions show", "sessions follow", "prompt", "attach", "kill", "compact", "run", "history"],
  ...["approvals list", "approvals answer"],
]);
const deviceCommands = new Set(["pair", "dashboard", "devices", "devices revoke"]);

/** A server of the remote that refuses everything with this code, or says and does what `change` makes of the place. */
function ofRemote(
  script: RemoteScript,
  change: (place: Place) => Readonly<Record<string, string>> = () => ({}),
): Producer {
  return async (world, command) => {
    const { place, url } = await world.remote(script);
    return callOf(command, place, { env: { PARL_URL: url, ...change(place) } });
  };
}

/** Where a file should be there is a directory. */
function unreadable(name: string): Producer {
  return ofRemote({}, (place) => {
    rmSync(join(place.home, name));
    mkdirSync(join(place.home, name));
    return {};
  });
}

/** What all commands of the remote can meet. */
const remoteProducers: Partial<Record<ErrorKind, Producer>> = {
  server_unreachable: ofRemote({}, () => ({ PARL_URL: unreachableUrl })),
  bad_request: ofRemote({}, () => ({ PARL_URL: "nowhere" })),
  unauthorized: ofRemote({}, (place) => {
    writeFileSync(join(place.home, "remote-key"), "not the key\n");
    return {};
  }),
  filesystem: unreadable("remote-key"),
  forbidden: ofRemote({ refusal: "not_allowed" }),
  limit_reached: ofRemote({ refusal: "too_many" }),
  storage_unavailable: ofRemote({ refusal: "io_error" }),
};

/** The same of those that speak HTTP. */
const deviceProducers: Partial<Record<ErrorKind, Producer>> = {
  server_unreachable: ofRemote({}, () => ({ PARL_URL: unreachableUrl })),
  bad_request: ofRemote({}, () => ({ PARL_URL: "nowhere" })),
  unauthorized: ofRemote({}, () => ({ PARL_TOKEN: "not the token" })),
  filesystem: unreadable("admin-token"),
  forbidden: refused({ at: "http", code: "forbidden" }),
  rate_limited: refused({ at: "http", code: "rate_limited" }),
  storage_unavailable: refused({ at: "http", code: "storage_unavailable" }),
};

/** How to bring about `kind` for a command; undefined where no shared situation does. */
function producerOf(command: string, kind: ErrorKind): Producer | undefined {
  const code: string = kind;
  const own = special[command]?.[kind];
  if (own !== undefined) return own;
  if (remoteCommands.has(command)) return remoteProducers[kind];
  if (deviceCommands.has(command)) return deviceProducers[kind];
  if (httpCommands.has(command) && httpCodes.some((each) => each === code)) return refused({ at: "http", code });
  if (
    joinCodes.some((each) => each === code) &&
    (command === "join" || (command === "launch" && code !== "mesh_not_found"))
  ) {
    return refusedInvite(code);
  }
  if (socketCommands.has(command) && kind !== "ambiguous") {
    if (helloCodes.some((each) => each === code)) return refused({ at: "hello", code });
    if (requestCodes.some((each) => each === code)) return refused({ at: "request", code });
  }
  if (command === "launch" && helloCodes.some((each) => each === code)) return refused({ at: "hello", code });
  const broken = brokenInvites[kind];
  if (broken !== undefined) {
    return async (world) => callOf(command, world.place(), joining(command, broken(await world.invite())));
  }
  return local[kind];
}

/** Kinds of a shared name that mean something else for the command; `cases/` has them. */
function isShownElsewhere(command: string, kind: ErrorKind): boolean {
  if (kind === "invalid_input") return command !== "launch";
  return command === "down" && kind === "server_unreachable";
}

/** The shared refusals that a definition declares. */
export function refusalCasesOf(definition: AnyCommandDefinition): RefusalCase[] {
  const command = definition.path.join(" ");
  if (calls[command] === undefined) return [];
  return definition.errorKinds.flatMap((kind) => {
    const produce = producerOf(command, kind);
    return produce === undefined || isShownElsewhere(command, kind)
      ? []
      : [{ command, kind, call: (world: World) => produce(world, command) }];
  });
}
