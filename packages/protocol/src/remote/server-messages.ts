/**
 * Messages of the server to a client of the remote (contract `remote`, sections 3 to 19). The single source of their types
 * and the published JSON Schema. Names are those of the wire; what an agent or a user wrote is relayed untouched ([NAME-2]).
 */
import { Type, type Static } from "typebox";
import { int, message, nullable, optional, text, time, uuid, word, yes } from "./server-message-parts.ts";

export const HelloSchema = message("hello", {
  message: text(),
  version: text(),
  instructions: text(),
  auth_version: int(),
  protocol: int(),
  capabilities: Type.Array(text()),
});
export const ConnectedSchema = message("connected", {
  message: text(),
  session_id: text(),
  capabilities: Type.Array(text()),
  server_version: text(),
  replay_count: int(),
  limits: Type.Object({ max_inbound_bytes: int(), max_size_kb: int() }),
  device_id: text(),
  push_public_key: optional(text()),
});
export const AuthErrorSchema = message("auth_error", { message: text() });
export const PongSchema = message("pong", { server_time: time() });

const PromptStateSchema = word("queued", "running", "steered", "finished", "failed", "cancelled");

/** One shape for every acknowledgement; which fields are there follows from the request. */
export const AckSchema = message("ack", {
  message: text(),
  effective_size_kb: optional(int()),
  session_id: optional(uuid()),
  prompt_id: optional(uuid()),
  created: optional(Type.Boolean()),
  agent: optional(text()),
  working_directory: optional(text()),
  mode_applied: optional(word("run", "queue", "steer", "interrupt")),
  queue_position: optional(int()),
  system_prompt_applied: optional(Type.Boolean()),
  duplicate: optional(yes()),
  state: optional(PromptStateSchema),
});
export const ErrorSchema = message("error", {
  message: text(),
  code: text(),
  session_id: optional(uuid()),
  retryable: Type.Boolean(),
  details: optional(Type.Record(text(), Type.Unknown())),
});

export const UsageSchema = Type.Object({
  input_tokens: int(),
  output_tokens: int(),
  cache_creation_input_tokens: optional(int()),
  cache_read_input_tokens: optional(int()),
});
/** US dollars; a part that the agent does not report is absent ([PROMPT-16]). */
export const CostSchema = Type.Object({
  input_cost: optional(Type.Number()),
  output_cost: optional(Type.Number()),
  total_cost: optional(Type.Number()),
});

export const ResponseSchema = message("response", {
  message_id: uuid(),
  success: Type.Boolean(),
  text: text(),
  session_id: uuid(),
  prompt_id: uuid(),
  run_id: nullable(uuid()),
  usage: optional(UsageSchema),
  cost: optional(CostSchema),
  total_cost_usd: optional(Type.Number()),
  timestamp: time(),
  merged_prompt_ids: optional(Type.Array(uuid())),
  truncated: optional(yes()),
  error: optional(text()),
  code: optional(text()),
  aborted: optional(yes()),
});
export const TurnCompleteSchema = message("turn_complete", {
  session_id: uuid(),
  prompt_id: uuid(),
  run_id: uuid(),
  aborted: optional(yes()),
});
export const SessionLockedSchema = message("session_locked", {
  message: text(),
  session_id: uuid(),
  holder: word("prompt", "compaction", "recovery", "elsewhere"),
  run_id: optional(uuid()),
  since: optional(time()),
  run_alive: optional(Type.Boolean()),
});
export const SessionReadySchema = message("session_ready", { session_id: uuid(), message: text() });
export const PromptStatusSchema = message("prompt_status", {
  prompt_id: uuid(),
  session_id: uuid(),
  state: PromptStateSchema,
  queue_position: optional(int()),
});

export const ReplaySchema = message("replay", {
  message_id: uuid(),
  message: Type.Object({
    role: Type.Literal("assistant"),
    text: text(),
    session_id: uuid(),
    timestamp: time(),
    prompt_id: uuid(),
    success: Type.Boolean(),
    error: optional(text()),
    usage: optional(UsageSchema),
    cost: optional(CostSchema),
    total_cost_usd: optional(Type.Number()),
    truncated: optional(yes()),
  }),
});
export const ReplayGapSchema = message("replay_gap", {
  message_id: uuid(),
  dropped: int(),
  oldest_timestamp: time(),
  newest_timestamp: time(),
  reason: word("count", "age"),
});

export const SessionKilledSchema = message("session_killed", { session_id: text(), message: text() });
export const SessionUnlockedSchema = message("session_unlocked", {
  session_id: text(),
  was_locked: Type.Boolean(),
  killed_run_id: optional(uuid()),
});

const MessageBlockSchema = Type.Union([
  Type.Object({ type: Type.Literal("text"), text: text() }),
  Type.Object({ type: Type.Literal("tool_use"), id: text(), name: text(), input: Type.Unknown() }),
  Type.Object({ type: Type.Literal("tool_result"), tool_use_id: text(), is_error: Type.Boolean(), text: text() }),
  Type.Object({ type: Type.Literal("thinking"), text: text() }),
  Type.Object({ type: Type.Literal("image"), media_type: text(), size_bytes: int() }),
  Type.Object({ type: Type.Literal("unknown"), raw_type: text() }),
]);

/** A message of a session's log ([HIST-8]); the aliases are absent with capability `lean`. */
export const MessageItemSchema = Type.Object({
  id: text(),
  uuid: optional(text()),
  role: word("user", "assistant"),
  type: optional(word("user", "assistant")),
  text: text(),
  content: optional(text()),
  timestamp: time(),
  session_id: uuid(),
  seq: int(),
  kind: word("prompt", "tool_result", "compact_summary", "notice", "reply", "activity", "api_error"),
  parent_id: nullable(text()),
  prompt_id: optional(uuid()),
  truncated: optional(yes()),
  blocks: optional(Type.Array(MessageBlockSchema)),
});

/** A hole in what was returned; both bounds are exclusive ([SUB-9]). */
export const HistoryGapSchema = Type.Object({
  reason: word("budget", "client_ahead", "slow_client", "pruned"),
  after_seq: int(),
  before_seq: int(),
  count: int(),
});
export const SessionHistorySchema = message("session_history", {
  session_id: uuid(),
  messages: Type.Array(MessageItemSchema),
  total_count: int(),
  oldest_message_id: nullable(text()),
  newest_message_id: nullable(text()),
  is_complete: Type.Boolean(),
  has_more: Type.Boolean(),
  log_id: text(),
  first_seq: nullable(int()),
  last_seq: nullable(int()),
  end_seq: int(),
  gap: nullable(HistoryGapSchema),
  live: Type.Boolean(),
  log_reset: optional(yes()),
  cursor_found: optional(Type.Boolean()),
});
export const SessionUpdatedSchema = message("session_updated", {
  session_id: uuid(),
  messages: Type.Array(MessageItemSchema),
  log_id: text(),
  first_seq: int(),
  last_seq: int(),
});

const SessionStateSchema = word("idle", "running", "waiting_permission", "compacting", "recovering", "gone");
/** Fields of a session that every list has ([WATCH-4]); `last_modified` stands beside them in two forms ([NAME-6]). */
const sessionFields = {
  session_id: uuid(),
  name: text(),
  working_directory: text(),
  message_count: int(),
  message_count_exact: optional(Type.Literal(false)),
  preview: text(),
  agent: text(),
  state: SessionStateSchema,
  session_busy_elsewhere: Type.Boolean(),
};
const millisecondTimes = { last_modified: Type.Number(), last_modified_at: time() };

export const SessionEntrySchema = Type.Object({ ...sessionFields, last_modified: time() });
export const SessionListEntrySchema = Type.Object({ ...sessionFields, ...millisecondTimes });
export const SessionDetailSchema = Type.Object({
  ...sessionFields,
  last_modified: time(),
  created_at: time(),
  log_id: text(),
  permission_mode: text(),
  queued_prompts: int(),
  granted_tools: Type.Array(text()),
  model: optional(text()),
  context_tokens: optional(int()),
  total_cost_usd: optional(Type.Number()),
  /** While the agent tries its model's service again ([AGENT-9]). */
  retry: optional(
    Type.Object({
      attempt: nullable(int()),
      max_attempts: nullable(int()),
      delay_ms: nullable(int()),
      status: nullable(int()),
    }),
  ),
});

export const RecentSessionsSchema = message("recent_sessions", {
  sessions: Type.Array(SessionEntrySchema),
  limit: int(),
});
export const SessionListSchema = message("session_list", {
  sessions: Type.Array(SessionListEntrySchema),
  total_count: int(),
  has_more: Type.Boolean(),
  next_cursor: nullable(text()),
});
export const SessionCreatedSchema = message("session_created", { ...sessionFields, ...millisecondTimes });
export const SessionInfoSchema = message("session_info", { session: SessionDetailSchema });
export const SessionNameInferredSchema = message("session_name_inferred", { session_id: text(), name: text() });
export const InferNameErrorSchema = message("infer_name_error", { session_id: optional(text()), error: text() });

export const WorktreeSessionCreatedSchema = message("worktree_session_created", {
  success: yes(),
  session_id: uuid(),
  worktree_path: text(),
  branch_name: text(),
});
export const WorktreeSessionErrorSchema = message("worktree_session_error", {
  success: Type.Literal(false),
  error: text(),
  error_type: word("validation_failed", "git_failed", "agent_failed", "internal_failed"),
  details: optional(
    Type.Object({
      step: optional(text()),
      stderr: optional(text()),
      branch_name: optional(text()),
      suggestion: optional(text()),
      kept: optional(Type.Boolean()),
    }),
  ),
});
const ResourceSchema = Type.Object({ filename: text(), path: text(), size: int(), timestamp: time() });
export const FileUploadedSchema = message("file_uploaded", {
  filename: text(),
  path: text(),
  size: int(),
  timestamp: time(),
});
export const ResourcesListSchema = message("resources_list", {
  resources: Type.Array(ResourceSchema),
  storage_location: text(),
  has_more: Type.Boolean(),
});
export const ResourceDeletedSchema = message("resource_deleted", { filename: text(), path: text() });

export const PermissionRequestSchema = message("permission_request", {
  request_id: uuid(),
  session_id: uuid(),
  run_id: uuid(),
  tool_name: text(),
  input: Type.Unknown(),
  input_truncated: optional(yes()),
  summary: text(),
  created_at: time(),
  expires_at: time(),
  replaces: optional(uuid()),
});
export const PermissionResolvedSchema = message("permission_resolved", {
  request_id: uuid(),
  session_id: uuid(),
  decision: word("allow", "deny"),
  scope: word("once", "session"),
  by: nullable(Type.Object({ device_id: text(), device_name: text() })),
  reason: word("answered", "expired", "run_ended", "server_restarted", "granted"),
  at: time(),
});
export const PermissionInputSchema = message("permission_input", {
  request_id: uuid(),
  input_json: text(),
  offset: int(),
  next_offset: nullable(int()),
});

export const CompactionCompleteSchema = message("compaction_complete", {
  session_id: uuid(),
  pre_tokens: optional(int()),
  post_tokens: optional(int()),
});
export const CompactionErrorSchema = message("compaction_error", { session_id: text(), error: text() });

/** A command, or a group of them ([CMD-3]); groups nest. */
export type RemoteCommandNode =
  | { id: string; label: string; type: "command"; description?: string }
  | { id: string; label: string; type: "group"; children: RemoteCommandNode[] };
/** JSON Schema of the published document stays flat: what is inside `children` has the same form. */
const CommandNodeSchema = Type.Unsafe<RemoteCommandNode>(
  Type.Object({
    id: text(),
    label: text(),
    type: word("command", "group"),
    description: optional(text()),
    children: optional(Type.Array(Type.Unknown())),
  }),
);
export const AvailableCommandsSchema = message("available_commands", {
  working_directory: text(),
  project_commands: Type.Array(CommandNodeSchema),
  general_commands: Type.Array(CommandNodeSchema),
  truncated: optional(yes()),
});
export const CommandStartedSchema = message("command_started", {
  command_session_id: text(),
  command_id: text(),
  shell_command: text(),
  working_directory: text(),
  timestamp: time(),
});
export const CommandOutputSchema = message("command_output", {
  command_session_id: text(),
  stream: word("stdout", "stderr"),
  text: text(),
  seq: int(),
  partial: optional(yes()),
  lines: optional(int()),
});
export const CommandOutputGapSchema = message("command_output_gap", {
  command_session_id: text(),
  from_seq: int(),
  to_seq: int(),
});
export const CommandCompleteSchema = message("command_complete", {
  command_session_id: text(),
  exit_code: int(),
  duration_ms: int(),
  signal: optional(text()),
});
export const CommandErrorSchema = message("command_error", {
  command_id: text(),
  error: text(),
  command_session_id: optional(text()),
});
const CommandHistoryEntrySchema = Type.Object({
  command_session_id: text(),
  command_id: text(),
  shell_command: text(),
  working_directory: text(),
  timestamp: time(),
  exit_code: optional(int()),
  duration_ms: optional(int()),
  output_preview: text(),
  interrupted: optional(yes()),
});
export const CommandHistorySchema = message("command_history", {
  sessions: Type.Array(CommandHistoryEntrySchema),
  limit: int(),
  has_more: Type.Boolean(),
  next_cursor: nullable(text()),
});
export const CommandOutputFullSchema = message("command_output_full", {
  command_session_id: text(),
  output: text(),
  exit_code: int(),
  timestamp: time(),
  duration_ms: int(),
  command_id: text(),
  shell_command: text(),
  working_directory: text(),
  offset: int(),
  next_offset: nullable(int()),
  total_bytes: int(),
  truncated: Type.Boolean(),
  running: Type.Boolean(),
  last_seq: int(),
  /** With the first page: the numbers of the lines of stderr, as pairs of a first and a last one. */
  stderr_lines: optional(Type.Array(int())),
});

const DeviceSchema = Type.Object({
  device_id: text(),
  name: text(),
  paired_at: time(),
  last_seen_at: time(),
  last_address: nullable(text()),
  /** The one that asks. */
  is_current: Type.Boolean(),
});
export const DeviceListSchema = message("device_list", {
  devices: Type.Array(DeviceSchema),
  has_more: Type.Boolean(),
  next_cursor: nullable(text()),
});
/** `url` is the web app's page for pairing with the code in it; null where the server does not know how it is reached. */
export const PairCodeSchema = message("pair_code", { code: text(), expires_at: time(), url: nullable(text()) });

/** Every message of the server by its `type`. */
export const REMOTE_SERVER_MESSAGE_SCHEMAS = {
  hello: HelloSchema,
  connected: ConnectedSchema,
  auth_error: AuthErrorSchema,
  pong: PongSchema,
  ack: AckSchema,
  error: ErrorSchema,
  response: ResponseSchema,
  turn_complete: TurnCompleteSchema,
  session_locked: SessionLockedSchema,
  session_ready: SessionReadySchema,
  prompt_status: PromptStatusSchema,
  replay: ReplaySchema,
  replay_gap: ReplayGapSchema,
  session_killed: SessionKilledSchema,
  session_unlocked: SessionUnlockedSchema,
  session_history: SessionHistorySchema,
  session_updated: SessionUpdatedSchema,
  recent_sessions: RecentSessionsSchema,
  session_list: SessionListSchema,
  session_created: SessionCreatedSchema,
  session_info: SessionInfoSchema,
  session_name_inferred: SessionNameInferredSchema,
  infer_name_error: InferNameErrorSchema,
  worktree_session_created: WorktreeSessionCreatedSchema,
  worktree_session_error: WorktreeSessionErrorSchema,
  file_uploaded: FileUploadedSchema,
  resources_list: ResourcesListSchema,
  resource_deleted: ResourceDeletedSchema,
  permission_request: PermissionRequestSchema,
  permission_resolved: PermissionResolvedSchema,
  permission_input: PermissionInputSchema,
  compaction_complete: CompactionCompleteSchema,
  compaction_error: CompactionErrorSchema,
  available_commands: AvailableCommandsSchema,
  command_started: CommandStartedSchema,
  command_output: CommandOutputSchema,
  command_output_gap: CommandOutputGapSchema,
  command_complete: CommandCompleteSchema,
  command_error: CommandErrorSchema,
  command_history: CommandHistorySchema,
  command_output_full: CommandOutputFullSchema,
  device_list: DeviceListSchema,
  pair_code: PairCodeSchema,
} as const;

export type RemoteServerMessageType = keyof typeof REMOTE_SERVER_MESSAGE_SCHEMAS;
export type RemoteServerMessageOf<Name extends RemoteServerMessageType> = Static<
  (typeof REMOTE_SERVER_MESSAGE_SCHEMAS)[Name]
>;
export type RemoteServerMessage = {
  [Name in RemoteServerMessageType]: RemoteServerMessageOf<Name>;
}[RemoteServerMessageType];
export type RemoteMessageItem = Static<typeof MessageItemSchema>;
export type RemoteMessageBlock = Static<typeof MessageBlockSchema>;
export type RemoteHistoryGap = Static<typeof HistoryGapSchema>;
export type RemoteSessionEntry = Static<typeof SessionEntrySchema>;
export type RemoteSessionListEntry = Static<typeof SessionListEntrySchema>;
export type RemoteSessionDetail = Static<typeof SessionDetailSchema>;
export type RemoteSessionState = Static<typeof SessionStateSchema>;
export type RemotePromptState = Static<typeof PromptStateSchema>;
export type RemoteResource = Static<typeof ResourceSchema>;
export type RemoteDeviceEntry = Static<typeof DeviceSchema>;
export type RemoteCommandHistoryEntry = Static<typeof CommandHistoryEntrySchema>;
export type RemoteUsage = Static<typeof UsageSchema>;
export type RemoteCost = Static<typeof CostSchema>;
