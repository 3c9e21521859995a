/**
 * Frames from a client to the broker (sections 2-11 of the mesh protocol). The single source of their types, their
 * validators and the published JSON Schema. Rules with a code of their own (targets, priorities, groups, sizes) are
 * checked behind the schema, so the schema only says what makes a field well-formed.
 */
import { Type, type Static, type TSchema } from "typebox";

const text = (maxChars: number) => Type.String({ maxLength: maxChars });
const hex64 = () => Type.String({ pattern: "^[0-9a-f]{64}$" });
const hex128 = () => Type.String({ pattern: "^[0-9a-f]{128}$" });
const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);

const RequestIdSchema = Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Integer()]);
const reqId = { _reqId: optional(RequestIdSchema) };

const GroupEntrySchema = Type.Object({ name: Type.String(), role: optional(text(64)) });

const AgentInfoSchema = Type.Object({
  agent: optional(text(128)),
  agentVersion: optional(text(128)),
  model: optional(text(128)),
  gitBranch: optional(text(128)),
  os: optional(text(128)),
  host: optional(text(128)),
});

export const HelloSchema = Type.Object({
  type: Type.Literal("hello"),
  meshId: text(64),
  memberId: text(64),
  pubkey: hex64(),
  sessionPubkey: optional(hex64()),
  timestamp: Type.Integer(),
  signature: hex128(),
  sessionProof: optional(hex128()),
  sessionId: optional(text(128)),
  claudeSessionId: optional(text(128)),
  displayName: optional(Type.String()),
  role: optional(text(64)),
  groups: optional(Type.Array(GroupEntrySchema)),
  pid: optional(Type.Integer()),
  parentPid: optional(Type.Integer()),
  cwd: optional(text(4_096)),
  capabilities: optional(Type.Array(Type.String())),
  client: optional(Type.Object({ name: text(128), version: text(128) })),
  agentInfo: optional(AgentInfoSchema),
  hookToken: optional(Type.String({ pattern: "^[A-Za-z0-9_-]{32,128}$" })),
  presence: optional(Type.Union([Type.Literal("session"), Type.Literal("control")])),
  ...reqId,
});

export const SendSchema = Type.Object({
  type: Type.Literal("send"),
  id: optional(text(128)),
  targetSpec: Type.String(),
  priority: optional(Type.String()),
  nonce: Type.String(),
  ciphertext: Type.String(),
  enc: optional(Type.Union([Type.Literal("box"), Type.Literal("none"), Type.Literal("group_box")])),
  clientMessageId: optional(Type.String({ pattern: "^[A-Za-z0-9._:-]{1,128}$" })),
  replyTo: optional(text(64)),
  sentAt: optional(Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$" })),
  sig: optional(hex128()),
  includeOffline: optional(Type.Boolean()),
  subtype: optional(Type.String({ pattern: "^[a-z_]{1,32}$" })),
  ...reqId,
});

const StatusSchema = Type.Union([Type.Literal("idle"), Type.Literal("working"), Type.Literal("dnd")]);

export const SetStatusSchema = Type.Object({
  type: Type.Literal("set_status"),
  status: StatusSchema,
  source: optional(Type.Union([Type.Literal("hook"), Type.Literal("manual")])),
  ...reqId,
});

export const SetSummarySchema = Type.Object({ type: Type.Literal("set_summary"), summary: text(1_024), ...reqId });

export const SetAgentInfoSchema = Type.Object({
  type: Type.Literal("set_agent_info"),
  agentInfo: AgentInfoSchema,
  ...reqId,
});

export const JoinGroupSchema = Type.Object({
  type: Type.Literal("join_group"),
  name: Type.String(),
  role: optional(text(64)),
  ...reqId,
});

export const LeaveGroupSchema = Type.Object({ type: Type.Literal("leave_group"), name: Type.String(), ...reqId });

export const ListPeersSchema = Type.Object({
  type: Type.Literal("list_peers"),
  group: optional(Type.String()),
  includeOffline: optional(Type.Boolean()),
  ...reqId,
});

export const PullSchema = Type.Object({
  type: Type.Literal("pull"),
  max: optional(Type.Integer({ minimum: 1, maximum: 500 })),
  ...reqId,
});

export const MessageStatusSchema = Type.Object({
  type: Type.Literal("message_status"),
  messageId: text(64),
  ...reqId,
});

export const ClientAckSchema = Type.Object({
  type: Type.Literal("client_ack"),
  messageId: optional(text(64)),
  upTo: optional(text(64)),
  stage: optional(Type.Union([Type.Literal("received"), Type.Literal("surfaced")])),
  ...reqId,
});

export const ClientNackSchema = Type.Object({
  type: Type.Literal("client_nack"),
  messageId: text(64),
  reason: Type.Union([Type.Literal("undecryptable"), Type.Literal("policy")]),
  ...reqId,
});

export const GetStateSchema = Type.Object({ type: Type.Literal("get_state"), key: Type.String(), ...reqId });

export const SetStateSchema = Type.Object({
  type: Type.Literal("set_state"),
  key: Type.String(),
  value: Type.Unknown(),
  ifVersion: optional(Type.Integer({ minimum: 0 })),
  ...reqId,
});

export const ListStateSchema = Type.Object({
  type: Type.Literal("list_state"),
  prefix: optional(Type.String()),
  ...reqId,
});

export const WatchStateSchema = Type.Object({ type: Type.Literal("watch_state"), key: Type.String(), ...reqId });
export const UnwatchStateSchema = Type.Object({ type: Type.Literal("unwatch_state"), key: Type.String(), ...reqId });

export const RememberSchema = Type.Object({
  type: Type.Literal("remember"),
  content: Type.String({ minLength: 1 }),
  tags: optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 16 })),
  ...reqId,
});

export const RecallSchema = Type.Object({
  type: Type.Literal("recall"),
  query: Type.String(),
  limit: optional(Type.Integer({ minimum: 1, maximum: 100 })),
  tags: optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 16 })),
  ...reqId,
});

export const ListMemoriesSchema = Type.Object({
  type: Type.Literal("list_memories"),
  limit: optional(Type.Integer({ minimum: 1, maximum: 100 })),
  before: optional(text(64)),
  ...reqId,
});

export const ForgetSchema = Type.Object({ type: Type.Literal("forget"), memoryId: text(64), ...reqId });

/** Every request by its `type`, in the order of the documentation. */
export const CLIENT_FRAME_SCHEMAS = {
  hello: HelloSchema,
  send: SendSchema,
  pull: PullSchema,
  message_status: MessageStatusSchema,
  client_ack: ClientAckSchema,
  client_nack: ClientNackSchema,
  list_peers: ListPeersSchema,
  set_status: SetStatusSchema,
  set_summary: SetSummarySchema,
  set_agent_info: SetAgentInfoSchema,
  join_group: JoinGroupSchema,
  leave_group: LeaveGroupSchema,
  get_state: GetStateSchema,
  set_state: SetStateSchema,
  list_state: ListStateSchema,
  watch_state: WatchStateSchema,
  unwatch_state: UnwatchStateSchema,
  remember: RememberSchema,
  recall: RecallSchema,
  list_memories: ListMemoriesSchema,
  forget: ForgetSchema,
} as const;

export type RequestId = Static<typeof RequestIdSchema>;
export type AgentInfo = Static<typeof AgentInfoSchema>;
export type HelloFrame = Static<typeof HelloSchema>;
export type SendFrame = Static<typeof SendSchema>;
export type ClientFrameType = keyof typeof CLIENT_FRAME_SCHEMAS;
export type ClientFrameByType = { [Type in ClientFrameType]: Static<(typeof CLIENT_FRAME_SCHEMAS)[Type]> };
export type ClientFrame = ClientFrameByType[ClientFrameType];
export type PeerStatus = Static<typeof StatusSchema>;
export type Priority = "now" | "next" | "low";
export type Encryption = "box" | "none" | "group_box";
