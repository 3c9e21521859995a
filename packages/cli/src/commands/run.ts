import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { boolean, count, integer, list, nullable, object, oneOf, string } from "../harness/json-schema.ts";
import { remoteErrorKinds, urlOption } from "../remote/command-options.ts";

const fields: readonly PayloadField[] = [
  {
    name: "command_id",
    schema: nullable(string),
    presence: "always",
    description: "the command; null: what is offered was listed",
    input: "command",
  },
  { name: "working_directory", schema: string, presence: "always", description: "where, on the server" },
  {
    name: "command_session_id",
    schema: nullable(string),
    presence: "always",
    description: "id of this run, for `parl history --output`",
  },
  {
    name: "shell_command",
    schema: nullable(string),
    presence: "always",
    description: "what was run, as one would type it",
    verbatim: true,
  },
  {
    name: "command_exit_code",
    schema: nullable(integer),
    presence: "always",
    description: "status of the command; 128 and the signal's number where one ended it",
  },
  { name: "command_signal", schema: nullable(string), presence: "always", description: "the signal that ended it" },
  { name: "duration_ms", schema: nullable(count), presence: "always", description: "how long it ran" },
  { name: "lines", schema: count, presence: "always", description: "how many lines it printed" },
  {
    name: "commands",
    schema: list(object({ command: string, label: string, description: nullable(string) })),
    presence: "always",
    description: "what is offered, where no command was named",
  },
];

export const command = defineCommand({
  path: ["run"],
  group: "Sessions & remote",
  summary: "run a command of a project on the server, or list what is offered",
  positionals: [
    {
      name: "command",
      required: false,
      description: "id of the command, such as `npm.test` or `git.status`; without it they are listed",
    },
  ],
  options: [
    {
      name: "directory",
      type: "string",
      placeholder: "DIR",
      default: ".",
      description: "the project, on the server",
    },
    urlOption,
  ],
  payload: fields,
  branches: [
    { outcome: "error", fields: [fields[0] as PayloadField] },
    { outcome: "error", fields },
  ],
  events: [
    {
      type: "started",
      description: "the command runs",
      fields: [
        { name: "command_session_id", schema: string, presence: "always", description: "id of this run" },
        { name: "command_id", schema: string, presence: "always", description: "the command" },
        {
          name: "shell_command",
          schema: string,
          presence: "always",
          description: "what is run, as one would type it",
          verbatim: true,
        },
        { name: "working_directory", schema: string, presence: "always", description: "where" },
      ],
    },
    {
      type: "output",
      description: "a line of its output",
      fields: [
        { name: "line", schema: count, presence: "always", description: "number of the line, from 1" },
        {
          name: "stream",
          schema: nullable(oneOf(["stdout", "stderr"])),
          presence: "always",
          description: "where it was written; null for one that was read from the log of the server",
        },
        { name: "partial", schema: boolean, presence: "always", description: "the line goes on with the next event" },
        { name: "text", schema: string, presence: "always", description: "the line", verbatim: true },
      ],
    },
    {
      type: "gap",
      description: "lines that are in the log of the server only, because there was too much output",
      fields: [
        { name: "from_line", schema: count, presence: "always", description: "the first of them" },
        { name: "to_line", schema: count, presence: "always", description: "the last of them" },
      ],
    },
  ],
  errorKinds: [...remoteErrorKinds, "command_not_found", "invalid_working_directory", "execution_failed"],
  examples: ["parl run", "parl run npm.test", "parl run git.status --directory ~/shop --json"],
  notes: [
    "The output goes to stdout and stderr as it comes. A command that ends with another status than 0 ends this one with 1;",
    "`command_exit_code` has the status. Ctrl-C ends the command on the server.",
  ],
  stdout: "stream",
  interrupt: "own",
  rawText: true,
  run: async (context, args) => {
    const { runProjectCommand } = await import("../remote/run-project-command.ts");
    const { columns } = await import("../output/columns.ts");
    return answer(await runProjectCommand(context, args), ({ command_id: id, commands }) => {
      if (id !== null) return "";
      if (commands.length === 0) return "Nothing is offered there.";
      return columns(
        ["COMMAND", "LABEL", "DESCRIPTION"],
        commands.map(({ command: name, label, description }) => [name, label, description]),
      );
    });
  },
});
