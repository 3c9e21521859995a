import { ERROR_KINDS } from "@parlatory/protocol";
import { CommandError } from "../harness/error.ts";
import { ToolError } from "./tool-error.ts";

/** What to do next, by code ([MCP-4]). */
const nextSteps: Readonly<Record<string, string>> = {
  server_unreachable: "ask your user to start the server with `parl up`, then try again",
  connection_lost: "it is not known whether it was done; look, then try again",
  timeout: "it is not known whether it was done; look, then try again",
  rate_limited: "wait, then try again",
  storage_unavailable: "wait until the server's database is back, then try again",
  unauthorized: "ask your user to join the mesh again with a fresh invite",
  revoked: "this member was removed from the mesh; ask your user",
  capacity: "wait until a peer has left, then try again",
  unknown_recipient: "call list_peers and use one of its names or keys",
  ambiguous: "name it by more characters or by its key",
  self_recipient: "send to another peer; call list_peers",
  channel_unsupported: "use @group or * instead",
  bad_target: "write @ and a group name, or * for everybody",
  empty_group: "call list_peers to see the groups, or set include_offline",
  too_large: "send a shorter text, or keep it with remember and send its id",
  mailbox_full: "wait until the recipient has read its mail",
  plaintext_forbidden: "send to each recipient directly",
  recipients_lack_encryption: "send to each recipient directly",
  bad_group: "use letters, digits, . _ / - and start with a letter or digit, at most 64 characters",
  reserved_group: "everybody is in `all`; leave it out",
  not_found: "check the id",
  forbidden: "only its author or an admin member may do that",
  version_conflict: "merge with the current value and write with its version",
  value_too_large: "make it smaller",
  limit_reached: "remove what is not needed any more",
};

export function nextStepFor(code: string, retryable: boolean): string {
  return nextSteps[code] ?? (retryable ? "try again" : "correct the call; the same one would fail again");
}

/** Any failure of a tool as what the model is told: code, reason, next step. */
export function toToolError(thrown: unknown): ToolError {
  if (thrown instanceof ToolError) return thrown;
  if (thrown instanceof CommandError) {
    const { kind, message, options } = thrown;
    return new ToolError(kind, message, `ask your user to ${options.hint ?? ERROR_KINDS[kind].hint}`, {
      cause: thrown,
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = codeOf(thrown);
  if (code === undefined) {
    return new ToolError("internal", message, "tell your user; `parl doctor` may show what is wrong", {
      cause: thrown,
    });
  }
  const retryable = thrown instanceof Error && "retryable" in thrown && thrown.retryable === true;
  return new ToolError(code, `${message}${currentOf(thrown)}`, nextStepFor(code, retryable), { cause: thrown });
}

/** Request errors of the client are known by their code; its class is loaded with the client, later than this. */
function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown.name !== "MeshRequestError" || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** A lost compare-and-set carries what is there now. */
function currentOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !("detail" in thrown)) return "";
  const { detail } = thrown;
  if (typeof detail !== "object" || detail === null || !("current" in detail)) return "";
  return `; current: ${JSON.stringify(detail.current)}`;
}
