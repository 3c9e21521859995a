import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, integer, list, nullable, object, string } from "../harness/json-schema.ts";
import { remoteErrorKinds, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["history"],
  group: "Sessions & remote",
  summary: "list the project commands that ran on the server, or print what one printed",
  positionals: [],
  options: [
    { name: "directory", type: "string", placeholder: "DIR", description: "only commands of this directory" },
    {
      name: "limit",
      type: "int",
      min: 1,
      max: 10_000,
      default: 50,
      placeholder: "N",
      description: "at most so many commands",
    },
    { name: "output", type: "string", placeholder: "ID", description: "print the output of this one" },
    urlOption,
  ],
  payload: [
    {
      name: "commands",
      schema: list(
        object({
          command_session_id: string,
          command_id: string,
          shell_command: string,
          working_directory: string,
          started_at: string,
          command_exit_code: nullable(integer),
          duration_ms: nullable(count),
          interrupted: boolean,
          output_preview: string,
        }),
      ),
      presence: "always",
      description: "newest first; empty with --output",
      verbatim: ["shell_command", "output_preview"],
    },
    { name: "has_more", schema: boolean, presence: "always", description: "there are more than these" },
    {
      name: "output",
      schema: nullable(
        object({
          command_session_id: string,
          command_id: string,
          shell_command: string,
          working_directory: string,
          started_at: string,
          command_exit_code: nullable(integer),
          duration_ms: count,
          running: boolean,
          truncated: boolean,
          output: string,
        }),
      ),
      presence: "always",
      description: "with --output: that command and all it printed; its exit code is null while it runs",
      verbatim: ["shell_command", "output"],
    },
  ],
  errorKinds: [...remoteErrorKinds, "output_not_found"],
  examples: ["parl history", "parl history --output cmd-0d1f3c58-93a4-4f0d-8a55-2b7c1f7e9b01"],
  stdout: "envelope",
  rawText: true,
  run: async (context, args) => {
    const { commandHistory } = await import("../remote/command-history.ts");
    const { columns } = await import("../output/columns.ts");
    return answer(await commandHistory(context, args), ({ commands, has_more: hasMore, output }) => {
      if (output !== null) return output.output;
      if (commands.length === 0) return "No commands.";
      return [
        ...columns(
          ["STARTED", "STATUS", "ID", "COMMAND", "DIRECTORY"],
          commands.map((entry) => [
            entry.started_at,
            entry.command_exit_code === null ? "running" : String(entry.command_exit_code),
            entry.command_session_id,
            entry.shell_command,
            entry.working_directory,
          ]),
        ),
        ...(hasMore ? ["There are more; `--limit` shows them."] : []),
      ];
    });
  },
});
