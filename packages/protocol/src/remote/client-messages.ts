/**
 * Messages from a client of the remote (contract `remote`, sections 3 to 19). The single source of their types, their
 * validators and the published JSON Schema. The schema says what makes a field well-formed; what has a text of its own in
 * the contract (a session that is no UUID, a blank prompt, a mode nobody knows) is checked behind it. Names are those of
 * the wire. A field that is described is described so that it reads on from `<field> must be` ([CONN-4]).
 */
import { Type, type Static, type TSchema } from "typebox";

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);
const text = () => Type.String({ description: "a string" });
const shortText = (maxLength: number) =>
  Type.String({ maxLength, description: `a string of at most ${maxLength} characters` });
const uuid = () =>
  Type.String({
    pattern: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    description: "a UUID",
  });
const flag = () => Type.Boolean({ description: "true or false" });
const count = () => Type.Integer({ minimum: 0, description: "an integer of 0 or more" });
const between = (minimum: number, maximum: number) =>
  Type.Integer({ minimum, maximum, description: `an integer from ${minimum} to ${maximum}` });
const word = <Word extends string>(...words: Word[]) =>
  Type.Unsafe<Word>(
    Type.Union(
      words.map((value) => Type.Literal(value)),
      { description: `one of ${words.join(", ")}` },
    ),
  );

/** Every message may carry it; every direct answer echoes it ([CONN-8]). */
const correlation = { correlation_id: optional(shortText(64)) };

const message = <Name extends string, Fields extends Record<string, TSchema>>(type: Name, fields: Fields) =>
  Type.Object({ type: Type.Literal(type), ...fields, ...correlation });

export const ConnectSchema = message("connect", {
  session_id: optional(text()),
  api_key: optional(text()),
  /** Anything else than 1 to 100 means 10. */
  recent_sessions_limit: optional(Type.Unknown()),
  capabilities: optional(Type.Array(Type.String(), { description: "a list of strings" })),
  device_name: optional(shortText(64)),
  size_kb: optional(Type.Integer({ minimum: 1, description: "a positive integer" })),
});
export const PingSchema = message("ping", {});
/** `size_kb` has an error text of its own. */
export const SetMaxMessageSizeSchema = message("set_max_message_size", { size_kb: optional(Type.Unknown()) });
export const SetDirectorySchema = message("set_directory", { path: text() });

const AttachmentSchema = Type.Union(
  [
    Type.Object({ filename: Type.String(), media_type: Type.String(), content: Type.String() }),
    Type.Object({ resource: Type.String() }),
  ],
  { description: "of the form {filename, media_type, content} or {resource}" },
);

/** `text`, `new_session_id` and `mode` have checks and texts of their own ([PROMPT-1]). */
export const PromptSchema = message("prompt", {
  text: optional(Type.Unknown()),
  session_id: optional(text()),
  resume_session_id: optional(text()),
  new_session_id: optional(text()),
  working_directory: optional(text()),
  system_prompt: optional(text()),
  prompt_id: optional(uuid()),
  agent: optional(text()),
  mode: optional(text()),
  attachments: optional(Type.Array(AttachmentSchema, { description: "a list of attachments" })),
  force: optional(flag()),
});
export const CancelPromptSchema = message("cancel_prompt", { prompt_id: uuid() });
export const InterruptSessionSchema = message("interrupt_session", { session_id: text(), run_id: optional(uuid()) });
export const MessageAckSchema = message("message_ack", { message_id: text() });
export const KillSessionSchema = message("kill_session", {
  session_id: text(),
  run_id: optional(uuid()),
  keep_queue: optional(flag()),
});
export const UnlockSessionSchema = message("unlock_session", {
  session_id: text(),
  run_id: optional(uuid()),
  force: optional(flag()),
});

export const SubscribeSchema = message("subscribe", {
  session_id: text(),
  last_message_id: optional(text()),
  last_seq: optional(count()),
  log_id: optional(text()),
  before_message_id: optional(text()),
  before_seq: optional(count()),
  limit: optional(between(1, 1_000)),
});
export const UnsubscribeSchema = message("unsubscribe", { session_id: text() });

export const RefreshSessionsSchema = message("refresh_sessions", { recent_sessions_limit: optional(Type.Unknown()) });
export const GetSessionListSchema = message("get_session_list", {
  working_directory: optional(text()),
  agent: optional(text()),
  cursor: optional(text()),
  limit: optional(between(1, 200)),
});
export const GetSessionInfoSchema = message("get_session_info", { session_id: text() });
export const SessionDeletedSchema = message("session_deleted", { session_id: text() });
export const InferSessionNameSchema = message("infer_session_name", {
  session_id: optional(text()),
  message_text: optional(text()),
});
export const SetPermissionModeSchema = message("set_permission_mode", { session_id: text(), mode: text() });

export const CreateWorktreeSessionSchema = message("create_worktree_session", {
  session_name: optional(text()),
  parent_directory: optional(text()),
  agent: optional(text()),
  initial_prompt: optional(text()),
});
export const UploadFileSchema = message("upload_file", {
  filename: optional(text()),
  content: optional(text()),
  storage_location: optional(text()),
  upload_id: optional(shortText(128)),
  offset: optional(count()),
  final: optional(flag()),
});
export const ListResourcesSchema = message("list_resources", {
  storage_location: optional(text()),
  offset: optional(count()),
});
export const DeleteResourceSchema = message("delete_resource", {
  filename: optional(text()),
  storage_location: optional(text()),
});

export const PermissionResponseSchema = message("permission_response", {
  request_id: uuid(),
  decision: word("allow", "deny"),
  scope: optional(word("once", "session")),
  message: optional(text()),
  updated_input: optional(Type.Unknown()),
});
export const GetPermissionRequestSchema = message("get_permission_request", {
  request_id: uuid(),
  offset: optional(count()),
});
export const ListPermissionsSchema = message("list_permissions", {});
export const RevokeGrantSchema = message("revoke_grant", { session_id: text(), tool_name: text() });

/** A missing id has two answers ([COMPACT-2]). */
export const CompactSessionSchema = message("compact_session", {
  session_id: optional(text()),
  instructions: optional(text()),
});

export const GetAvailableCommandsSchema = message("get_available_commands", { working_directory: text() });
export const ExecuteCommandSchema = message("execute_command", {
  command_id: optional(text()),
  working_directory: optional(text()),
});
export const KillCommandSchema = message("kill_command", { command_session_id: text() });
export const GetCommandHistorySchema = message("get_command_history", {
  working_directory: optional(text()),
  /** Anything else than 1 to 500 means 50. */
  limit: optional(Type.Unknown()),
  cursor: optional(text()),
});
export const GetCommandOutputSchema = message("get_command_output", {
  command_session_id: text(),
  offset: optional(count()),
  follow: optional(flag()),
});

export const PushSubscribeSchema = message("push_subscribe", {
  endpoint: text(),
  keys: Type.Object({ p256dh: Type.String(), auth: Type.String() }, { description: "of the form {p256dh, auth}" }),
});
export const PushUnsubscribeSchema = message("push_unsubscribe", {});

/** Devices are listed oldest first, in pages; the holder of the main key is none of them. */
export const ListDevicesSchema = message("list_devices", { cursor: optional(text()) });
/** Also the one that asks, which so signs out everywhere. */
export const RevokeDeviceSchema = message("revoke_device", { device_id: text() });
export const CreatePairCodeSchema = message("create_pair_code", {});

/** By `type`. Old spellings (`message-ack`, `set-directory`) are mapped to these by the codec. */
export const REMOTE_CLIENT_MESSAGE_SCHEMAS = {
  connect: ConnectSchema,
  ping: PingSchema,
  set_max_message_size: SetMaxMessageSizeSchema,
  set_directory: SetDirectorySchema,
  prompt: PromptSchema,
  cancel_prompt: CancelPromptSchema,
  interrupt_session: InterruptSessionSchema,
  message_ack: MessageAckSchema,
  kill_session: KillSessionSchema,
  unlock_session: UnlockSessionSchema,
  subscribe: SubscribeSchema,
  unsubscribe: UnsubscribeSchema,
  refresh_sessions: RefreshSessionsSchema,
  get_session_list: GetSessionListSchema,
  get_session_info: GetSessionInfoSchema,
  session_deleted: SessionDeletedSchema,
  infer_session_name: InferSessionNameSchema,
  set_permission_mode: SetPermissionModeSchema,
  create_worktree_session: CreateWorktreeSessionSchema,
  upload_file: UploadFileSchema,
  list_resources: ListResourcesSchema,
  delete_resource: DeleteResourceSchema,
  permission_response: PermissionResponseSchema,
  get_permission_request: GetPermissionRequestSchema,
  list_permissions: ListPermissionsSchema,
  revoke_grant: RevokeGrantSchema,
  compact_session: CompactSessionSchema,
  get_available_commands: GetAvailableCommandsSchema,
  execute_command: ExecuteCommandSchema,
  kill_command: KillCommandSchema,
  get_command_history: GetCommandHistorySchema,
  get_command_output: GetCommandOutputSchema,
  push_subscribe: PushSubscribeSchema,
  push_unsubscribe: PushUnsubscribeSchema,
  list_devices: ListDevicesSchema,
  revoke_device: RevokeDeviceSchema,
  create_pair_code: CreatePairCodeSchema,
} as const;

export type RemoteClientMessageType = keyof typeof REMOTE_CLIENT_MESSAGE_SCHEMAS;
export type RemoteClientMessageOf<Name extends RemoteClientMessageType> = Static<
  (typeof REMOTE_CLIENT_MESSAGE_SCHEMAS)[Name]
>;
export type RemoteClientMessage = {
  [Name in RemoteClientMessageType]: RemoteClientMessageOf<Name>;
}[RemoteClientMessageType];
