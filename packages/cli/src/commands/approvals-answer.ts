import { answer, defineCommand } from "../harness/command.ts";
import { boolean, nullable, oneOf, string } from "../harness/json-schema.ts";
import { remoteErrorKinds, urlOption } from "../remote/command-options.ts";

const decisions = ["allow", "deny"] as const;

export const command = defineCommand({
  path: ["approvals", "answer"],
  group: "Sessions & remote",
  summary: "allow or deny what an agent asks for",
  positionals: [
    { name: "request_id", description: "id of the question; `parl approvals list` shows them" },
    { name: "decision", description: "`allow` or `deny`" },
  ],
  options: [
    { name: "session", type: "boolean", description: "with allow: this tool from now on, in this session" },
    { name: "message", type: "string", placeholder: "TEXT", description: "with deny: what the agent is told" },
    urlOption,
  ],
  payload: [
    {
      name: "request_id",
      schema: string,
      presence: "always",
      description: "id of the question",
      input: "request_id",
    },
    { name: "session_id", schema: string, presence: "always", description: "session of the agent" },
    { name: "decision", schema: oneOf(decisions), presence: "always", description: "the decision that stands" },
    { name: "scope", schema: oneOf(["once", "session"]), presence: "always", description: "what it holds for" },
    {
      name: "reason",
      schema: oneOf(["answered", "expired", "run_ended", "server_restarted", "granted"]),
      presence: "always",
      description: "what brought it about",
    },
    { name: "device_id", schema: nullable(string), presence: "always", description: "the device that answered" },
    { name: "device_name", schema: nullable(string), presence: "always", description: "its name" },
    { name: "decided_at", schema: string, presence: "always", description: "when" },
    {
      name: "stood_already",
      schema: boolean,
      presence: "always",
      description: "another answer came first, and this one changed nothing",
    },
  ],
  errorKinds: [...remoteErrorKinds, "approval_not_found"],
  examples: [
    "parl approvals answer 4be00000-0000-4000-8000-000000000001 allow --session",
    "parl approvals answer 4be00000-0000-4000-8000-000000000001 deny --message 'not before the changelog is written'",
  ],
  stdout: "envelope",
  run: async (context, { decision: given, ...args }) => {
    const decision = decisions.find((each) => each === given);
    const { usageError } = await import("../harness/usage.ts");
    const { quoteValue } = await import("../output/escape.ts");
    if (decision === undefined) {
      throw usageError(`argument decision: invalid choice: ${quoteValue(given)} (choose from 'allow', 'deny')`);
    }
    if (decision === "deny" && args.session) throw usageError("argument --session: only possible with allow");
    if (decision === "allow" && args.message !== undefined) {
      throw usageError("argument --message: only possible with deny");
    }
    const { answerApproval } = await import("../remote/approvals.ts");
    return answer(await answerApproval(context, { ...args, decision }), (shown) =>
      shown.stood_already
        ? `It was decided before: ${shown.decision} (${shown.reason}).`
        : `${shown.decision === "allow" ? "Allowed" : "Denied"}${shown.scope === "session" ? ", and from now on in this session" : ""}.`,
    );
  },
});
