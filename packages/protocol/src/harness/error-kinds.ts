/**
 * The registry of error kinds: what a program may find in `error.kind` of an envelope [ERR-3], [CLI-2]. Data only. The
 * same situation has the same kind in every command; a kind whose name is also a category has that category.
 * Hints are templates: `{command}`, `{target}` and the keys of `error.detail` are filled in.
 */
export const ERROR_CATEGORIES = [
  "filesystem",
  "auth",
  "session",
  "parse",
  "runtime",
  "mcp",
  "delivery",
  "usage",
  "policy",
  "unknown",
] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

export interface ErrorKindRow {
  readonly category: ErrorCategory;
  /** The same call may succeed later without change; an error may overrule it where its rule says so ([SES-7], [ERR-4]). */
  readonly retryable: boolean;
  readonly exitCode: 1 | 2 | 130;
  /** `error.operation` where the thrower names none. */
  readonly operation: string;
  readonly hint: string;
}

function row(
  category: ErrorCategory,
  operation: string,
  hint: string,
  rest: { readonly retryable?: true; readonly exitCode?: 2 | 130 } = {},
): ErrorKindRow {
  return { category, operation, hint, retryable: rest.retryable ?? false, exitCode: rest.exitCode ?? 1 };
}

const retryable = { retryable: true } as const;

/** Kinds of the harness contract [ERR-3]. */
const harnessKinds = {
  parse: row("parse", "argparse", "run `parl {command} --help`"),
  invalid_session_id: row(
    "usage",
    "resolve_session",
    "use letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 128 characters",
  ),
  invalid_input: row("usage", "read_prompt", "give UTF-8 text of at most 16 MiB (16777216 bytes)"),
  invalid_payload: row("usage", "parse_payload", "run `parl {command} --help` for the expected shape of the payload"),
  invalid_inventory: row(
    "parse",
    "load_inventory",
    "correct commands.json and tools.json: arrays of {name, source_hint, responsibility}",
  ),
  invalid_working_directory: row(
    "usage",
    "resolve_directory",
    "give an existing directory with `--working-directory DIR`",
  ),
  command_not_found: row("usage", "resolve_command", "run `parl commands --query {target}`"),
  tool_not_found: row("usage", "resolve_tool", "run `parl tools --query {target}`"),
  session_not_found: row("session", "resolve_session", "run `parl list-sessions` to see the stored sessions"),
  session_load_failed: row(
    "session",
    "load_session",
    "restore the session file from a copy, or run `parl delete-session {target}`",
  ),
  session_delete_failed: row("session", "delete_session", "check the permissions of the session directory", retryable),
  session_locked: row(
    "session",
    "lock_session",
    "wait until the other writer has finished, or raise `--lock-timeout-ms`",
    retryable,
  ),
  session_exists: row("session", "save_session", "give another `--session-id`, or leave out `--no-overwrite`"),
  session_path_unsafe: row("policy", "resolve_session", "remove the link or special file at the session's place"),
  filesystem: row("filesystem", "open", "check that the path exists, is writable, and has free space"),
  engine_unavailable: row("runtime", "start_engine", "install the agent program and run `parl doctor`"),
  engine_unsupported: row("usage", "start_engine", "leave out the option this agent cannot honour"),
  engine_failed: row(
    "runtime",
    "submit_turn",
    "run the command again; the log in PARL_HOME/logs has the agent's own output",
    retryable,
  ),
  auth_required: row("auth", "start_engine", "sign in with the agent's own login command"),
  rate_limited: row("runtime", "submit_turn", "wait, then run the command again", retryable),
  permission_denied: row("policy", "exec_tool", "permit it with `--allow-tool NAME` where the command has that option"),
  execution_failed: row("runtime", "run_handler", "read `execution.output`"),
  execution_timeout: row("runtime", "run_handler", "give a larger `--timeout-seconds`", {
    retryable: true,
    exitCode: 2,
  }),
  mcp_failed: row("mcp", "call_tool", "check the server's entry in .mcp.json", retryable),
  server_unreachable: row("delivery", "connect", "start the server with `parl up`", retryable),
  schema_not_found: row("usage", "resolve_schema", "run `parl schema` to see all names"),
  interrupted: row("runtime", "run", "run the command again", { retryable: true, exitCode: 130 }),
  internal: row("unknown", "run", "report it with the incident id; PARL_HOME/logs/cli.log has the details"),
} as const satisfies Record<string, ErrorKindRow>;

const rejoin = "join again with a fresh invite: `parl join LINK`";
const newInvite = "ask the owner of the mesh for a new invite (`parl invite create`)";

/** Refusals of the hello and of joining: who we are is not accepted [CLI-2]. */
const authKinds = {
  malformed: row("auth", "hello", "update `parl` and the server to the same version"),
  timestamp_skew: row("auth", "hello", "set this machine's clock, then run the command again", retryable),
  bad_signature: row("auth", "hello", rejoin),
  replayed: row("auth", "hello", "run the command again", retryable),
  unauthorized: row("auth", "hello", rejoin),
  revoked: row("auth", "hello", newInvite),
  bad_session_proof: row("auth", "hello", rejoin),
  session_proof_required: row("auth", "hello", "update `parl`; this mesh accepts only sessions that prove their key"),
  session_key_taken: row("auth", "hello", "start a new session; its key is made anew"),
  capacity: row("auth", "hello", "wait until a peer has left, or raise `maxPeers` with `parl mesh policy`", retryable),
  hello_timeout: row("auth", "hello", "run the command again", retryable),
  member_revoked: row("auth", "join", newInvite),
  invite_malformed: row("auth", "join", "copy the whole invite link and run `parl join LINK`"),
  invite_bad_signature: row("auth", "join", newInvite),
  invite_owner_mismatch: row("auth", "join", newInvite),
  invite_not_found: row("auth", "join", newInvite),
  invite_mesh_mismatch: row("auth", "join", newInvite),
  invite_revoked: row("auth", "join", newInvite),
  invite_expired: row("auth", "join", newInvite),
  invite_exhausted: row("auth", "join", newInvite),
} as const satisfies Record<string, ErrorKindRow>;

/** Refusal codes of a send [SEND-5] that are not listed before. */
const deliveryKinds = {
  unknown_recipient: row("delivery", "send", "run `parl peers --all` to see names and keys"),
  self_recipient: row("delivery", "send", "send to another peer; `parl peers` lists them"),
  channel_unsupported: row("delivery", "send", "use a group (`@name`) instead of a channel (`#name`)"),
  bad_target: row("delivery", "send", "name the group after `@`, or use `*` for everybody"),
  empty_group: row("delivery", "send", "run `parl peers` to see the groups, or add `--include-offline`"),
  bad_priority: row("delivery", "send", "use `--priority now`, `next` or `low`"),
  bad_request: row("delivery", "send", "run `parl {command} --help` for the accepted values"),
  too_large: row("delivery", "send", "send a shorter text, or share it as a memory with `parl remember`"),
  mailbox_full: row("delivery", "send", "wait until the recipient has read its mail", retryable),
  id_conflict: row("delivery", "send", "send again without a client message id"),
  plaintext_forbidden: row(
    "delivery",
    "send",
    "update the clients of the mesh, or set `parl mesh policy SLUG allowPlaintextGroups=true`",
  ),
  recipients_lack_encryption: row(
    "delivery",
    "send",
    "update the recipients' clients, or send to each of them directly",
  ),
  storage_unavailable: row(
    "delivery",
    "send",
    "wait until the server's database is back, then run the command again",
    retryable,
  ),
  shutting_down: row("delivery", "send", "wait until the server is back, then run the command again", retryable),
} as const satisfies Record<string, ErrorKindRow>;

/** What a mesh command may be told about the thing it named [CLI-2]. */
const meshKinds = {
  state_not_found: row("usage", "get_state", "run `parl state list`"),
  memory_not_found: row("usage", "forget", "run `parl recall QUERY` to see ids"),
  message_not_found: row("usage", "explain", "give the id that `parl send` printed; ids are kept for 7 days"),
  mesh_not_found: row("usage", "resolve_mesh", "run `parl mesh list`"),
  not_joined: row("usage", "resolve_mesh", "run `parl join LINK`, or `parl up` for a mesh of your own"),
  mesh_required: row("usage", "resolve_mesh", "choose one with `--mesh SLUG`; `parl list` shows them"),
  ambiguous: row("usage", "resolve", "give more characters of the id or the full name"),
  bad_group: row(
    "usage",
    "parse_groups",
    "use letters, digits, `.`, `_`, `/` and `-`, starting with a letter or digit, at most 64 characters",
  ),
  reserved_group: row("usage", "join_group", "leave `all` out; everybody is in it"),
  version_conflict: row(
    "usage",
    "set_state",
    "read the current value with `parl state get KEY` and try again with its version",
  ),
  value_too_large: row("usage", "write", "give a smaller value"),
  limit_reached: row("usage", "write", "remove what is not needed any more"),
  slug_taken: row("usage", "create_mesh", "choose another slug"),
  log_off: row("usage", "read_log", "switch the log on with `parl mesh policy SLUG messageLog=true`"),
  forbidden: row("policy", "authorize", "ask an admin member or the owner of the mesh"),
} as const satisfies Record<string, ErrorKindRow>;

/** What a command of the remote may be told about what it named, or what became of it. */
const remoteKinds = {
  run_ended_early: row(
    "runtime",
    "prompt",
    "read what was done with `parl sessions show ID`, then prompt the session again",
    retryable,
  ),
  compaction_failed: row("runtime", "compact", "run the command again, or go on without compacting", retryable),
  approval_not_found: row("usage", "answer_permission", "run `parl approvals list` to see what is pending"),
  output_not_found: row("usage", "read_output", "run `parl history` to see what is kept, which is 7 days"),
  device_not_found: row("usage", "revoke_device", "run `parl devices` to see ids"),
} as const satisfies Record<string, ErrorKindRow>;

/** Situations on this machine that no contract table names; added as [ENV-7] allows. */
const localKinds = {
  invalid_config: row("parse", "load_config", "repair or move the file away, then run `parl doctor`"),
  server_start_failed: row("runtime", "start_server", "read PARL_HOME/logs, then run `parl doctor`"),
  member_not_found: row("usage", "revoke_member", "run `parl mesh members SLUG` to see ids"),
  undeliverable: row("delivery", "send", "run `parl explain ID` with the id of the message to see why"),
  invalid_backup: row("parse", "read_backup", "give the passphrase it was made with, or another copy of the backup"),
  home_not_empty: row("usage", "restore", "set PARL_HOME to a directory that is empty or does not exist"),
} as const satisfies Record<string, ErrorKindRow>;

const rows = { ...harnessKinds, ...authKinds, ...deliveryKinds, ...meshKinds, ...remoteKinds, ...localKinds };

export type ErrorKind = keyof typeof rows;
export const ERROR_KINDS: Readonly<Record<ErrorKind, ErrorKindRow>> = rows;

export function isErrorKind(value: string): value is ErrorKind {
  return Object.hasOwn(ERROR_KINDS, value);
}
