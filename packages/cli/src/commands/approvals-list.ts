import { answer, defineCommand } from "../harness/command.ts";
import { anything, boolean, list, object, string } from "../harness/json-schema.ts";
import { remoteErrorKinds, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["approvals", "list"],
  group: "Sessions & remote",
  summary: "list what agents ask permission for",
  positionals: [],
  options: [
    { name: "session", type: "string", placeholder: "ID", description: "only questions of this session" },
    urlOption,
  ],
  payload: [
    {
      name: "approvals",
      schema: list(
        object({
          request_id: string,
          session_id: string,
          tool_name: string,
          summary: string,
          input: anything,
          input_truncated: boolean,
          created_at: string,
          expires_at: string,
        }),
      ),
      presence: "always",
      description: "oldest first; one that nobody answers until `expires_at` counts as denied",
      verbatim: ["summary", "input"],
    },
  ],
  errorKinds: remoteErrorKinds,
  examples: ["parl approvals list", "parl approvals list --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { listApprovals } = await import("../remote/approvals.ts");
    const { columns } = await import("../output/columns.ts");
    return answer(await listApprovals(context, args), ({ approvals }) =>
      approvals.length === 0
        ? "Nothing is pending."
        : columns(
            ["ID", "SESSION", "ASKS", "UNTIL"],
            approvals.map((each) => [each.request_id, each.session_id, each.summary, each.expires_at]),
          ),
    );
  },
});
