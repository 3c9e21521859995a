import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import type { CommandContext } from "../harness/context.ts";
import { count, list, nullable, oneOf, string } from "../harness/json-schema.ts";

const place: readonly PayloadField[] = [
  { name: "url", schema: string, presence: "always", description: "where the server listens" },
  { name: "pid", schema: count, presence: "always", description: "process id of the server" },
  { name: "home", schema: string, presence: "always", description: "PARL_HOME of the server" },
  { name: "log_path", schema: nullable(string), presence: "always", description: "log of the server; null for stderr" },
  {
    name: "mesh_created",
    schema: nullable(string),
    presence: "always",
    description: "slug of the mesh made by this start, which only a first start does",
  },
  { name: "next_steps", schema: list(string), presence: "always", description: "what to run next" },
];

export const command = defineCommand({
  path: ["up"],
  group: "Server",
  summary: "start the server, in the background unless told otherwise",
  positionals: [],
  options: [
    {
      name: "foreground",
      type: "boolean",
      description: "stay until Ctrl-C, then finish what is running and end with 0",
    },
    { name: "host", type: "string", placeholder: "H", description: "address to listen on (PARL_HOST, else 127.0.0.1)" },
    {
      name: "port",
      type: "int",
      min: 0,
      max: 65_535,
      placeholder: "N",
      description: "port to listen on, 0 for any free one (PARL_PORT, else 7900)",
    },
    {
      name: "log-file",
      type: "string",
      placeholder: "FILE",
      description:
        "where the server's log goes (PARL_HOME/logs/server.log; stderr with --foreground where that is no terminal)",
    },
    {
      name: "no-auth",
      type: "boolean",
      description:
        "let whoever reaches the server use the remote without a key; only where it listens on loopback alone",
    },
  ],
  payload: [
    {
      name: "state",
      schema: oneOf(["started", "already_running", "stopped"]),
      presence: "always",
      description: "what became of it; `stopped` ends --foreground",
    },
    ...place,
  ],
  events: [{ type: "listening", description: "the server takes connections", fields: place }],
  errorKinds: ["server_start_failed", "invalid_config", "filesystem"],
  examples: ["parl up", "parl up --foreground", "parl up --port 0 --json", "parl up --no-auth"],
  stdout: "stream",
  streamOption: { name: "foreground" },
  interrupt: "own",
  run: async (context, args) => {
    const { up } = await import("../server/up.ts");
    const result = await up(context, args, async (server) => {
      await context.emit({ type: "listening", ...server }, (shown) => listeningText(context, shown, true));
    });
    return answer(
      result,
      (shown) => {
        if (shown.state === "stopped") return "Parlatory stopped.";
        if (shown.state === "started") return listeningText(context, shown, false);
        return `Parlatory runs already on ${shown.url} (process ${shown.pid}).`;
      },
      // The normal end of a server, not an interruption [WS-8].
      { exitCode: 0 },
    );
  },
});

interface ListeningInfo {
  readonly url: string;
  readonly pid: number;
  readonly home: string;
  readonly log_path: string | null;
  readonly mesh_created: string | null;
  readonly next_steps: readonly string[];
}

function listeningText({ style }: CommandContext, server: ListeningInfo, foreground: boolean): string[] {
  const [start, ...more] = server.next_steps;
  return [
    `${style.bold("Parlatory listens on")} ${style.green(server.url)} (process ${server.pid}).`,
    ...(server.mesh_created === null
      ? []
      : [`Made the mesh '${server.mesh_created}'; this machine owns it and is a member.`]),
    `Home: ${server.home}`,
    ...(server.log_path === null ? [] : [`Log:  ${server.log_path}`]),
    "",
    foreground ? "Next, in another terminal:" : "Next:",
    ...(start === undefined ? [] : [`  ${style.cyan(start)}`]),
    ...more.map((step) => `  ${style.cyan(step)}`),
    ...(foreground ? ["", "Ctrl-C stops the server."] : []),
  ];
}
