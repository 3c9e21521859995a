/** Commands that show every side of the framework; the real binary runs them through `inject-commands.ts`. */
import { answer, defineCommand, type AnyCommandDefinition, type CommandModule } from "../../src/harness/command.ts";
import { CommandError, filesystemError } from "../../src/harness/error.ts";
import {
  anything,
  boolean,
  count,
  integer,
  list,
  nullable,
  number,
  object,
  string,
} from "../../src/harness/json-schema.ts";
import type { CommandTable } from "../../src/harness/table.ts";
import { usageError } from "../../src/harness/usage.ts";

const pending = (): Promise<never> => new Promise(() => setInterval(() => {}, 60_000));

const turn = defineCommand({
  path: ["turn"],
  group: "Harness",
  summary: "show how arguments arrive",
  positionals: [{ name: "prompt", stdin: true, description: "any text" }],
  options: [
    { name: "limit", type: "int", default: 5, clampNegative: true, description: "how many" },
    { name: "max-budget-tokens", type: "int", min: 0, description: "budget" },
    { name: "timeout-seconds", type: "number", description: "time limit" },
    { name: "mode", type: "choice", choices: ["plan", "default"], default: "default", description: "mode" },
    { name: "allow-tool", type: "list", description: "permitted tool" },
    { name: "session-id", type: "string", env: "PARL_INVENTORY", description: "session" },
    { name: "details", short: "d", type: "boolean", description: "more" },
  ],
  payload: [
    { name: "prompt", schema: string, presence: "always", description: "as given", input: "prompt", verbatim: true },
    { name: "limit", schema: integer, presence: "always", description: "limit" },
    { name: "max_budget_tokens", schema: nullable(integer), presence: "always", description: "budget" },
    { name: "timeout_seconds", schema: nullable(number), presence: "always", description: "time limit" },
    { name: "mode", schema: string, presence: "always", description: "mode" },
    { name: "allow_tool", schema: list(string), presence: "always", description: "tools" },
    { name: "session_id", schema: nullable(string), presence: "always", description: "session", input: "session-id" },
    { name: "details", schema: boolean, presence: "always", description: "details" },
    { name: "id", schema: string, presence: "always", description: "a new id" },
    { name: "duration_ms", schema: count, presence: "always", description: "how long it took" },
  ],
  errorKinds: ["invalid_input", "session_not_found"],
  examples: ["parl turn hello"],
  stdout: "envelope",
  rawText: true,
  run: async (context, args) => {
    const began = context.monotonicMs() - 5;
    return answer(
      {
        // Not in the order of the schema, on purpose.
        id: context.newId(),
        prompt: args.prompt,
        limit: args.limit,
        max_budget_tokens: args.maxBudgetTokens ?? null,
        timeout_seconds: args.timeoutSeconds ?? null,
        mode: args.mode,
        allow_tool: args.allowTool,
        session_id: args.sessionId ?? null,
        details: args.details,
        duration_ms: context.durationMs(began),
      },
      (shown) => `${shown.prompt}\n${shown.limit}`,
      { runId: context.newId() },
    );
  },
});

/** One way to fail for each word; both a harness command and one of the mesh. */
const failing = <G extends "Harness" | "Mesh">(group: G, name: string): AnyCommandDefinition =>
  defineCommand({
    path: [name],
    group,
    summary: "fail in a chosen way",
    positionals: [{ name: "how", description: "the way" }],
    options: [{ name: "session-id", type: "string", description: "session" }],
    payload: [
      { name: "how", schema: string, presence: "always", description: "the way", input: "how" },
      { name: "session_id", schema: nullable(string), presence: "always", description: "session", input: "session-id" },
    ],
    errorKinds: ["session_not_found", "execution_timeout", "filesystem", "server_unreachable"],
    resultExitCodes: [0, 1],
    examples: [`parl ${name} fast`],
    stdout: "envelope",
    run: async (context, { how, sessionId }) => {
      switch (how) {
        case "defect":
          return Reflect.get(undefined as unknown as object, "nothing") as never;
        case "escape":
          setImmediate(() => {
            throw new RangeError("thrown from a callback");
          });
          return pending();
        case "reject":
          void Promise.reject(new RangeError("rejected and forgotten"));
          return pending();
        case "full": {
          const cause = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" });
          throw filesystemError(cause, { target: "/somewhere/file.json" });
        }
        case "unreadable":
          throw Object.assign(new Error("EACCES: permission denied"), {
            code: "EACCES",
            syscall: "open",
            path: "/root/secret",
          });
        case "timeout":
          throw new CommandError({ kind: "execution_timeout", target: "make", message: "make took too long" });
        case "usage":
          throw usageError("argument how: invalid value: 'usage' (expected another one)");
        case "sentence":
          throw new CommandError({
            kind: "session_not_found",
            target: sessionId,
            message: `session '${sessionId ?? ""}' not found`,
            text: () => "Session not found",
            payload: { how, session_id: sessionId ?? null },
          });
        case "secret":
          throw new CommandError({
            kind: "server_unreachable",
            target: "wss://user:hunter2@host/ws?token=abc#frag",
            message: "cannot connect to wss://user:hunter2@host/ws?token=abc#frag",
            hint: "look at https://host/?password=p4ss",
            detail: { url: "http://host/#secret-part" },
          });
        case "long":
          throw new CommandError({ kind: "session_not_found", target: "t".repeat(3000), message: "a\nb\u001b[31mc" });
        case "status":
          return answer({ how, session_id: null }, () => "x", { exitCode: 7 });
        case "not-a-number":
          return answer({ how: 10n, session_id: null }, () => "x");
        case "undeclared":
          return answer({ how, session_id: null, surprise: true }, () => "x");
        case "probe":
          return answer({ how, session_id: null }, () => "one of the probes failed", { exitCode: 1 });
        default:
          context.warn("odd_way", `'${how}' is not a way to fail`);
          context.note("working");
          return answer({ how, session_id: sessionId ?? null }, (shown) => shown.how);
      }
    },
  });

const ids = defineCommand({
  path: ["ids"],
  group: "Harness",
  summary: "print many ids",
  positionals: [],
  options: [{ name: "count", type: "int", default: 10_000, description: "how many" }],
  payload: [{ name: "ids", schema: list(string), presence: "always", description: "ids" }],
  errorKinds: [],
  examples: ["parl ids"],
  stdout: "envelope",
  run: async (_context, args) => {
    const all = Array.from({ length: args.count }, (_, index) => `id-${String(index).padStart(60, "0")}`);
    return answer({ ids: all }, (shown) => shown.ids);
  },
});

const ticks = defineCommand({
  path: ["ticks"],
  group: "Mesh",
  summary: "count, as a stream or at once",
  positionals: [],
  options: [
    { name: "follow", type: "boolean", description: "as a stream" },
    { name: "count", type: "int", default: 3, description: "how many" },
    { name: "padding", type: "int", default: 0, description: "bytes added to each event" },
    { name: "wait", type: "boolean", description: "go on until told to stop" },
    { name: "fail", type: "boolean", description: "fail at the end" },
    { name: "flood", type: "boolean", description: "do not wait for the reader" },
  ],
  payload: [{ name: "ticked", schema: count, presence: "always", description: "how many there were" }],
  events: [
    {
      type: "tick",
      description: "one more",
      fields: [
        { name: "number", schema: count, presence: "always", description: "its number" },
        { name: "from", schema: string, presence: "always", description: "a URL" },
        { name: "padding", schema: string, presence: "optional", description: "filling" },
      ],
    },
  ],
  errorKinds: ["server_unreachable"],
  examples: ["parl ticks --follow"],
  stdout: "stream",
  streamOption: { name: "follow" },
  run: async (context, args) => {
    let ticked = 0;
    const floods: Promise<void>[] = [];
    while (args.follow && ticked < args.count && !context.signal.aborted) {
      ticked += 1;
      const padding = "x".repeat(args.padding);
      const event = { type: "tick", number: ticked, from: "http://u:p@host/", padding };
      const written = context.emit(event, (shown) => `tick ${shown.number} ${shown.from}`);
      if (args.flood) floods.push(written);
      else await written;
    }
    await Promise.all(floods);
    if (args.wait && !context.signal.aborted) {
      await new Promise<void>((resolve) => {
        const alive = setInterval(() => {}, 60_000);
        context.signal.addEventListener("abort", () => {
          clearInterval(alive);
          resolve();
        });
      });
    }
    if (args.fail) throw new CommandError({ kind: "server_unreachable", target: "ws://host/ws", message: "gone" });
    return answer({ ticked }, (shown) => `${shown.ticked} ticks`);
  },
});

const sleeper = (name: string, interrupt: "framework" | "own"): AnyCommandDefinition =>
  defineCommand({
    path: [name],
    group: "Server",
    summary: "wait for a signal",
    positionals: [],
    options: [],
    payload: [{ name: "ended_by", schema: nullable(string), presence: "always", description: "signal" }],
    errorKinds: [],
    examples: [`parl ${name}`],
    stdout: "envelope",
    interrupt,
    run: async (context) => {
      await context.writeText("waiting");
      // A file tells the test that the handlers are in place: json mode has no output to wait for.
      const { mkdirSync, writeFileSync } = await import("node:fs");
      mkdirSync(context.home, { recursive: true });
      writeFileSync(`${context.home}/waiting`, "");
      if (interrupt === "framework") return pending();
      const alive = setInterval(() => {}, 60_000);
      const signal = await new Promise<string | null>((resolve) => {
        context.secondSignal.addEventListener("abort", () => {
          resolve((context.signal.reason as { signal: string | null }).signal);
        });
      });
      clearInterval(alive);
      return answer({ ended_by: signal }, (shown) => `ended by ${shown.ended_by}`, { exitCode: 0 });
    },
  });

const proxy = defineCommand({
  path: ["proxy"],
  group: "Mesh",
  summary: "speak another protocol on stdout",
  positionals: [],
  options: [
    { name: "yes", short: "y", type: "boolean", description: "ask nothing" },
    { name: "fail", type: "choice", choices: ["before", "after"], description: "when to fail" },
  ],
  payload: [],
  errorKinds: ["not_joined"],
  examples: ["parl proxy"],
  stdout: "own",
  passThroughUnknown: true,
  passesStatus: true,
  run: async (context, args) => {
    const error = new CommandError({ kind: "not_joined", message: `failed ${args.fail ?? ""} the protocol` });
    if (args.fail === "before") throw error;
    const { stdout } = context.takeStdout();
    await new Promise((resolve) => {
      stdout.write(`${JSON.stringify({ passed: args.passThrough, yes: args.yes })}\n`, resolve);
    });
    if (args.fail === "after") throw error;
    return { payload: {}, exitCode: 7 };
  },
});

const reporting = defineCommand({
  path: ["hook", "report"],
  group: "Mesh",
  summary: "a hook",
  positionals: [],
  options: [],
  payload: [{ name: "reported", schema: boolean, presence: "always", description: "done" }],
  errorKinds: [],
  examples: ["parl hook report"],
  stdout: "envelope",
  format: "flag",
  run: async () => answer({ reported: true }, () => ""),
});

const making = defineCommand({
  path: ["mesh", "create"],
  group: "Mesh",
  summary: "make a mesh",
  positionals: [{ name: "slug", description: "short name" }],
  options: [{ name: "out", type: "string", required: true, placeholder: "FILE", description: "where to write" }],
  payload: [{ name: "slug", schema: string, presence: "always", description: "short name", input: "slug" }],
  errorKinds: [],
  examples: ["parl mesh create demo --out demo.json"],
  stdout: "envelope",
  run: async (_context, { slug }) => answer({ slug }, (shown) => shown.slug),
});

const listing = (path: ["devices"] | ["mesh", "list"] | ["devices", "revoke"]): AnyCommandDefinition =>
  defineCommand({
    path,
    group: "Mesh",
    summary: `do ${path.join(" ")}`,
    positionals: [{ name: "names", required: false, variadic: true, description: "names" }],
    options: [],
    payload: [{ name: "names", schema: list(string), presence: "always", description: "names" }],
    errorKinds: [],
    examples: [`parl ${path.join(" ")}`],
    stdout: "envelope",
    run: async (_context, { names }) => answer({ names }, (shown) => `${path.join("-")}: ${shown.names.join(",")}`),
  });

const summary = defineCommand({
  path: ["summary"],
  group: "Harness",
  summary: "text only",
  positionals: [],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl summary"],
  stdout: "envelope",
  format: "none",
  run: async () => answer({}, () => "# Summary"),
});

const peerText = defineCommand({
  path: ["inbox"],
  group: "Mesh",
  summary: "print text of peers",
  positionals: [],
  options: [],
  payload: [
    {
      name: "messages",
      schema: list(object({ from: string, text: string })),
      presence: "always",
      description: "messages",
      verbatim: ["text"],
    },
    { name: "link", schema: string, presence: "always", description: "an invite", verbatim: true },
    { name: "broker", schema: anything, presence: "always", description: "address" },
  ],
  errorKinds: [],
  examples: ["parl inbox"],
  stdout: "envelope",
  run: async (context) =>
    answer(
      {
        messages: [{ from: "http://me:pw@host", text: "see http://docs/#part \u001b[2J\u0007\r\nnext" }],
        link: "http://host/pair#ABCD-EFGH",
        broker: { url: "ws://host/ws?key=K&x=1", token: null },
      },
      (shown) => [
        ...shown.messages.map(({ from, text }) => `${context.style.bold(from)}: ${text}`),
        shown.link,
        JSON.stringify(shown.broker),
      ],
    ),
});

const welcome = defineCommand({
  path: ["welcome"],
  group: "Diagnostics",
  summary: "say what to do next",
  positionals: [],
  options: [],
  payload: [{ name: "next", schema: string, presence: "always", description: "the next step" }],
  errorKinds: [],
  examples: ["parl welcome"],
  stdout: "envelope",
  run: async () => answer({ next: "up" }, () => "next: parl up"),
});

const load = (command: AnyCommandDefinition) => async (): Promise<CommandModule> => ({ command });
const row = (command: AnyCommandDefinition) => ({
  group: command.group,
  summary: command.summary,
  load: load(command),
});
const action = (command: AnyCommandDefinition) => ({ summary: command.summary, load: load(command) });

export const commandTable: CommandTable = {
  ticks: row(ticks),
  proxy: row(proxy),
  inbox: row(peerText),
  "mesh-fail": row(failing("Mesh", "mesh-fail")),
  mesh: {
    group: "Mesh",
    summary: "meshes",
    actions: { create: action(making), list: action(listing(["mesh", "list"])) },
  },
  devices: { ...row(listing(["devices"])), actions: { revoke: action(listing(["devices", "revoke"])) } },
  hook: { group: "Mesh", summary: "hooks", format: "flag", actions: { report: action(reporting) } },
  turn: row(turn),
  fail: row(failing("Harness", "fail")),
  ids: row(ids),
  summary: { ...row(summary), format: "none" },
  stuck: row(sleeper("stuck", "framework")),
  patient: row(sleeper("patient", "own")),
  welcome: row(welcome),
  version: {
    group: "Diagnostics",
    summary: "print the version of this program",
    load: () => import("../../src/commands/version.ts"),
  },
  help: {
    group: "Diagnostics",
    summary: "explain the program or one command",
    load: () => import("../../src/commands/help.ts"),
  },
  schema: {
    group: "Diagnostics",
    summary: "print the JSON Schema of a command's output",
    load: () => import("../../src/commands/schema.ts"),
  },
};
