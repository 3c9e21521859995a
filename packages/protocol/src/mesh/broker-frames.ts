/**
 * Frames from the broker to a client (sections 2-11 of the mesh protocol). The single source of their types and of the
 * published JSON Schema; clients ignore fields and frame types they do not know ([FRM-5]).
 */
import { Type, type Static, type TSchema } from "typebox";

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);
const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const reqId = { _reqId: optional(Type.Union([Type.String(), Type.Integer()])) };

const GroupSchema = Type.Object({ name: Type.String(), role: optional(Type.String()) });
const PrioritySchema = Type.Union([Type.Literal("now"), Type.Literal("next"), Type.Literal("low")]);
const StatusSchema = Type.Union([Type.Literal("idle"), Type.Literal("working"), Type.Literal("dnd")]);
const PlaintextPolicySchema = Type.Union([Type.Boolean(), Type.Literal("auto")]);

export const HelloAckSchema = Type.Object({
  type: Type.Literal("hello_ack"),
  presenceId: Type.String(),
  memberDisplayName: Type.String(),
  capabilities: Type.Array(Type.String()),
  serverTime: Type.Integer(),
  meshSlug: Type.String(),
  protocol: Type.Literal(1),
  memberRole: Type.Union([Type.Literal("admin"), Type.Literal("member")]),
  resumed: Type.Boolean(),
  hookToken: Type.String(),
  mailbox: Type.Object({ now: Type.Integer(), next: Type.Integer(), low: Type.Integer() }),
  meshPolicy: Type.Object({
    requireSessionProof: Type.Boolean(),
    allowPlaintextGroups: PlaintextPolicySchema,
    messageLog: Type.Boolean(),
  }),
  ...reqId,
});

export const AckSchema = Type.Object({
  type: Type.Literal("ack"),
  id: Type.String(),
  messageId: Type.String(),
  queued: Type.Boolean(),
  duplicate: optional(Type.Boolean()),
  recipients: optional(Type.Integer()),
  outcome: optional(
    Type.Object({
      offering: Type.Integer(),
      held: Type.Integer(),
      stored: Type.Integer(),
      refused: Type.Integer(),
    }),
  ),
  code: optional(Type.String()),
  error: optional(Type.String()),
  field: optional(Type.String()),
  limit: optional(Type.Integer()),
  retryAfterMs: optional(Type.Integer()),
  allowPlaintext: optional(Type.Boolean()),
  ...reqId,
});

export const PushSchema = Type.Object({
  type: Type.Literal("push"),
  messageId: Type.String(),
  meshId: Type.String(),
  senderPubkey: Type.String(),
  priority: PrioritySchema,
  nonce: Type.String(),
  ciphertext: Type.String(),
  createdAt: Type.String(),
  targetSpec: optional(Type.String()),
  kind: Type.Union([Type.Literal("direct"), Type.Literal("group"), Type.Literal("broadcast"), Type.Literal("system")]),
  enc: optional(Type.Union([Type.Literal("box"), Type.Literal("none"), Type.Literal("group_box")])),
  senderName: Type.String(),
  senderMemberPubkey: optional(Type.String()),
  sentAt: optional(Type.String()),
  replyTo: optional(Type.String()),
  subtype: optional(Type.String()),
  sig: optional(Type.String()),
  clientMessageId: optional(Type.String()),
  redelivery: optional(Type.Integer({ minimum: 1 })),
  pulled: optional(Type.Boolean()),
  event: optional(Type.Union([Type.Literal("peer_joined"), Type.Literal("peer_left")])),
  eventData: optional(
    Type.Object({
      presenceId: Type.String(),
      pubkey: Type.String(),
      memberPubkey: Type.String(),
      displayName: Type.String(),
      role: nullable(Type.String()),
      groups: Type.Array(GroupSchema),
    }),
  ),
});

export const ReceiptSchema = Type.Object({
  type: Type.Literal("receipt"),
  messageId: Type.String(),
  clientMessageId: optional(Type.String()),
  recipient: Type.Object({ pubkey: Type.String(), name: Type.String() }),
  state: Type.Union([
    Type.Literal("surfaced"),
    Type.Literal("replied"),
    Type.Literal("expired"),
    Type.Literal("refused"),
    Type.Literal("dead"),
  ]),
  at: Type.String(),
  reason: optional(Type.String()),
});

export const PullResultSchema = Type.Object({
  type: Type.Literal("pull_result"),
  count: Type.Integer(),
  remaining: Type.Integer(),
  ...reqId,
});

const DeliveryStateSchema = Type.Union([
  Type.Literal("accepted"),
  Type.Literal("stored"),
  Type.Literal("held"),
  Type.Literal("offered"),
  Type.Literal("surfaced"),
  Type.Literal("replied"),
  Type.Literal("expired"),
  Type.Literal("refused"),
  Type.Literal("dead"),
]);

export const MessageStatusResultSchema = Type.Object({
  type: Type.Literal("message_status_result"),
  messageId: Type.String(),
  targetSpec: Type.String(),
  kind: Type.String(),
  priority: PrioritySchema,
  delivered: Type.Boolean(),
  deliveredAt: nullable(Type.String()),
  recipients: Type.Array(
    Type.Object({
      name: Type.String(),
      pubkey: Type.String(),
      status: Type.Union([Type.Literal("delivered"), Type.Literal("held"), Type.Literal("disconnected")]),
      state: DeliveryStateSchema,
      reason: optional(Type.String()),
      offers: Type.Integer(),
      path: Type.Array(Type.Object({ state: DeliveryStateSchema, at: Type.String(), reason: optional(Type.String()) })),
    }),
  ),
  ...reqId,
});

const PeerSchema = Type.Object({
  pubkey: Type.String(),
  displayName: Type.String(),
  role: optional(nullable(Type.String())),
  groups: Type.Array(GroupSchema),
  summary: optional(nullable(Type.String())),
  status: optional(StatusSchema),
  statusSource: optional(Type.Union([Type.Literal("hook"), Type.Literal("manual"), Type.Literal("inferred")])),
  statusSince: optional(Type.String()),
  presenceId: optional(Type.String()),
  sessionId: optional(nullable(Type.String())),
  connectedAt: optional(Type.String()),
  connected: optional(Type.Boolean()),
  online: Type.Boolean(),
  memberId: Type.String(),
  memberPubkey: Type.String(),
  memberRole: optional(Type.Union([Type.Literal("admin"), Type.Literal("member")])),
  client: optional(nullable(Type.Object({ name: Type.String(), version: Type.String() }))),
  host: optional(nullable(Type.String())),
  cwd: optional(Type.String()),
  pid: optional(Type.Integer()),
  claudeSessionId: optional(Type.String()),
  capabilities: optional(Type.Record(Type.String(), Type.String())),
  features: optional(Type.Array(Type.String())),
  you: optional(Type.Literal(true)),
  lastSeenAt: optional(Type.String()),
});

export const PeersListSchema = Type.Object({
  type: Type.Literal("peers_list"),
  peers: Type.Array(PeerSchema),
  ...reqId,
});

export const OkSchema = Type.Object({
  type: Type.Literal("ok"),
  op: Type.String(),
  status: optional(StatusSchema),
  groups: optional(Type.Array(GroupSchema)),
  watching: optional(Type.Array(Type.String())),
  ...reqId,
});

const stateFields = {
  key: Type.String(),
  value: Type.Unknown(),
  updatedBy: Type.String(),
  updatedAt: Type.String(),
  version: Type.Integer(),
};

const StateEntrySchema = Type.Object(stateFields);
export const StateResultSchema = Type.Object({ type: Type.Literal("state_result"), ...stateFields, ...reqId });
export const StateListSchema = Type.Object({
  type: Type.Literal("state_list"),
  entries: Type.Array(StateEntrySchema),
  ...reqId,
});
export const StateChangeSchema = Type.Object({
  type: Type.Literal("state_change"),
  ...stateFields,
  deleted: optional(Type.Literal(true)),
});

const MemorySchema = Type.Object({
  id: Type.String(),
  content: Type.String(),
  tags: Type.Array(Type.String()),
  rememberedBy: Type.String(),
  memberPubkey: Type.String(),
  rememberedAt: Type.String(),
  score: optional(Type.Number()),
});

export const MemoryStoredSchema = Type.Object({ type: Type.Literal("memory_stored"), id: Type.String(), ...reqId });
export const MemoryResultsSchema = Type.Object({
  type: Type.Literal("memory_results"),
  memories: Type.Array(MemorySchema),
  ...reqId,
});
export const MemoryListSchema = Type.Object({
  type: Type.Literal("memory_list"),
  memories: Type.Array(MemorySchema),
  next: nullable(Type.String()),
  ...reqId,
});

export const MeshPolicySchema = Type.Object({
  type: Type.Literal("mesh_policy"),
  policies: Type.Record(Type.String(), Type.Unknown()),
});

export const ErrorSchema = Type.Object({
  type: Type.Literal("error"),
  code: Type.String(),
  message: Type.String(),
  id: optional(Type.String()),
  field: optional(Type.String()),
  limit: optional(Type.Integer()),
  retryAfterMs: optional(Type.Integer()),
  serverTime: optional(Type.Integer()),
  allowPlaintext: optional(Type.Boolean()),
  current: optional(StateEntrySchema),
  ...reqId,
});

/** Every frame of the broker by its `type`. */
export const BROKER_FRAME_SCHEMAS = {
  hello_ack: HelloAckSchema,
  ack: AckSchema,
  push: PushSchema,
  receipt: ReceiptSchema,
  pull_result: PullResultSchema,
  message_status_result: MessageStatusResultSchema,
  peers_list: PeersListSchema,
  ok: OkSchema,
  state_result: StateResultSchema,
  state_list: StateListSchema,
  state_change: StateChangeSchema,
  memory_stored: MemoryStoredSchema,
  memory_results: MemoryResultsSchema,
  memory_list: MemoryListSchema,
  mesh_policy: MeshPolicySchema,
  error: ErrorSchema,
} as const;

export type BrokerFrameType = keyof typeof BROKER_FRAME_SCHEMAS;
export type BrokerFrameByType = { [Type in BrokerFrameType]: Static<(typeof BROKER_FRAME_SCHEMAS)[Type]> };
export type BrokerFrame = BrokerFrameByType[BrokerFrameType];
export type HelloAckFrame = BrokerFrameByType["hello_ack"];
export type AckFrame = BrokerFrameByType["ack"];
export type PushFrame = BrokerFrameByType["push"];
export type ReceiptFrame = BrokerFrameByType["receipt"];
export type ErrorFrame = BrokerFrameByType["error"];
export type MessageStatusResult = BrokerFrameByType["message_status_result"];
export type Peer = Static<typeof PeerSchema>;
export type StateEntry = Static<typeof StateEntrySchema>;
export type Memory = Static<typeof MemorySchema>;
