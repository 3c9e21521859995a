/**
 * Bodies of the HTTP interface (section 15 of the mesh protocol): snake_case, instants in ISO-8601 except an invite's
 * expiry in seconds. The single source of their types, validators and the OpenAPI document.
 */
import { Type, type Static, type TSchema } from "typebox";

const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);
const instant = () => Type.String({ format: "date-time" });
const hex64 = () => Type.String({ pattern: "^[0-9a-f]{64}$" });
const role = () => Type.Union([Type.Literal("admin"), Type.Literal("member")]);
const scope = () => Type.Union([Type.Literal("read"), Type.Literal("write"), Type.Literal("admin")]);
const priority = () => Type.Union([Type.Literal("now"), Type.Literal("next"), Type.Literal("low")]);
const tags = () => Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 16 });

export const HttpErrorSchema = Type.Object({
  ok: Type.Literal(false),
  error: Type.String(),
  message: optional(Type.String()),
  field: optional(Type.String()),
  limit: optional(Type.Integer()),
  current: optional(Type.Unknown()),
});

export const DoneSchema = Type.Object({ ok: Type.Literal(true) });

export const HealthSchema = Type.Object({
  status: Type.Union([Type.Literal("ok"), Type.Literal("degraded")]),
  db: Type.Union([Type.Literal("up"), Type.Literal("down")]),
  version: Type.String(),
  gitSha: Type.String(),
  uptime: Type.Integer({ description: "seconds" }),
});

export const JoinRequestSchema = Type.Object({
  invite_token: optional(Type.String()),
  join_secret: optional(hex64()),
  peer_pubkey: hex64(),
  display_name: Type.String(),
});

export const JoinResultSchema = Type.Object({
  ok: Type.Literal(true),
  memberId: Type.String(),
  meshId: Type.String(),
  alreadyMember: optional(Type.Boolean()),
});

export const HookStatusSchema = Type.Object({
  cwd: Type.String({ maxLength: 4_096 }),
  status: Type.Union([Type.Literal("idle"), Type.Literal("working"), Type.Literal("dnd")]),
  pid: optional(Type.Integer()),
  session_id: optional(Type.String({ maxLength: 128 })),
  token: optional(Type.String({ pattern: "^[A-Za-z0-9_-]{32,128}$" })),
});

export const HookResultSchema = Type.Object({
  ok: Type.Boolean(),
  pending: optional(Type.Boolean()),
  presence_id: optional(Type.String()),
  presence_ids: optional(Type.Array(Type.String())),
  applied: optional(Type.Boolean()),
  error: optional(Type.String()),
});

export const PoliciesSchema = Type.Object({
  requireSessionProof: Type.Boolean(),
  allowPlaintextGroups: Type.Union([Type.Boolean(), Type.Literal("auto")]),
  messageLog: Type.Boolean(),
  maxPeers: Type.Integer(),
  workingTtlSeconds: Type.Integer(),
  rateMessagesPerMinute: Type.Integer(),
  rateBurst: Type.Integer(),
  allowLoopbackHooks: Type.Boolean(),
});

export const MeshSchema = Type.Object({
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  owner_pubkey: hex64(),
  policies: PoliciesSchema,
  created_at: instant(),
});

export const MeshListSchema = Type.Object({ meshes: Type.Array(MeshSchema) });

export const NewMeshSchema = Type.Object({
  slug: Type.String({ pattern: "^[a-z0-9-]{2,40}$" }),
  name: optional(Type.String({ maxLength: 64 })),
  owner_pubkey: hex64(),
  policies: optional(Type.Record(Type.String(), Type.Unknown())),
});

export const PolicyChangeSchema = Type.Object({ policies: Type.Record(Type.String(), Type.Unknown()) });
export const PolicyResultSchema = Type.Object({ policies: PoliciesSchema });

export const PeerRowSchema = Type.Object({
  pubkey: hex64(),
  display_name: Type.String(),
  role: optional(nullable(Type.String())),
  groups: Type.Array(Type.Object({ name: Type.String(), role: optional(Type.String()) })),
  summary: optional(nullable(Type.String())),
  status: optional(Type.String()),
  status_source: optional(Type.String()),
  status_since: optional(instant()),
  presence_id: optional(Type.String()),
  session_id: optional(nullable(Type.String())),
  connected_at: optional(instant()),
  connected: optional(Type.Boolean()),
  online: Type.Boolean(),
  member_id: Type.String(),
  member_pubkey: hex64(),
  member_role: optional(role()),
  client: optional(nullable(Type.Object({ name: Type.String(), version: Type.String() }))),
  host: optional(nullable(Type.String())),
  cwd: optional(Type.String()),
  pid: optional(Type.Integer()),
  claude_session_id: optional(Type.String()),
  capabilities: optional(Type.Record(Type.String(), Type.String())),
  features: optional(Type.Array(Type.String())),
  last_seen_at: optional(instant()),
});

export const PeerListSchema = Type.Object({ peers: Type.Array(PeerRowSchema) });

export const MemberSchema = Type.Object({
  id: Type.String(),
  pubkey: hex64(),
  display_name: Type.String(),
  role: role(),
  joined_at: instant(),
  last_seen_at: instant(),
  revoked_at: nullable(instant()),
});

export const MemberListSchema = Type.Object({ members: Type.Array(MemberSchema) });

export const NewMemberSchema = Type.Object({
  peer_pubkey: hex64(),
  display_name: Type.String({ minLength: 1 }),
  role: role(),
});

export const StateRowSchema = Type.Object({
  key: Type.String(),
  value: Type.Unknown(),
  version: Type.Integer(),
  updated_by: Type.String(),
  updated_at: Type.String(),
});

export const StateListBodySchema = Type.Object({ entries: Type.Array(StateRowSchema) });
export const StateWriteSchema = Type.Object({ value: Type.Unknown() });

export const MemoryRowSchema = Type.Object({
  id: Type.String(),
  content: Type.String(),
  tags: Type.Array(Type.String()),
  remembered_by: Type.String(),
  member_pubkey: Type.String(),
  remembered_at: instant(),
  score: optional(Type.Number()),
});

export const MemoryListBodySchema = Type.Object({
  memories: Type.Array(MemoryRowSchema),
  next: nullable(Type.String()),
});
export const NewMemorySchema = Type.Object({ content: Type.String({ minLength: 1 }), tags: optional(tags()) });
export const MemoryIdSchema = Type.Object({ id: Type.String() });

export const LoggedMessageSchema = Type.Object({
  id: Type.String(),
  sender_name: Type.String(),
  target_spec: Type.String(),
  kind: Type.String(),
  priority: priority(),
  text: Type.String(),
  created_at: instant(),
});

export const MessageListSchema = Type.Object({
  messages: Type.Array(LoggedMessageSchema),
  next: nullable(Type.String()),
});

export const MessageLedgerSchema = Type.Object({
  message_id: Type.String(),
  target_spec: Type.String(),
  kind: Type.String(),
  priority: priority(),
  delivered: Type.Boolean(),
  delivered_at: nullable(instant()),
  recipients: Type.Array(
    Type.Object({
      name: Type.String(),
      pubkey: Type.String(),
      status: Type.String(),
      state: Type.String(),
      reason: optional(Type.String()),
      offers: Type.Integer(),
      path: Type.Array(Type.Object({ state: Type.String(), at: instant(), reason: optional(Type.String()) })),
    }),
  ),
});

export const InviteRowSchema = Type.Object({
  id: Type.String(),
  role: role(),
  max_uses: Type.Integer(),
  used_count: Type.Integer(),
  expires_at: Type.Integer({ description: "seconds since the epoch" }),
  revoked_at: nullable(instant()),
});

export const InviteListSchema = Type.Object({ invites: Type.Array(InviteRowSchema) });

export const NewInviteSchema = Type.Object({
  token_hash: hex64(),
  role: role(),
  max_uses: Type.Integer({ minimum: 1, maximum: 1_000 }),
  expires_at: Type.Integer({ minimum: 0, maximum: 253_402_300_799, description: "seconds since the epoch" }),
});

export const ApiTokenSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scope: scope(),
  created_at: instant(),
  expires_at: nullable(instant()),
  revoked_at: nullable(instant()),
});

export const ApiTokenListSchema = Type.Object({ tokens: Type.Array(ApiTokenSchema) });

export const NewApiTokenSchema = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64 }),
  scope: scope(),
  expires_at: optional(Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?Z$" })),
});

export const CreatedApiTokenSchema = Type.Object({
  ...ApiTokenSchema.properties,
  token: Type.String({ description: "the secret; shown this once" }),
});

export const AuditEntrySchema = Type.Object({
  seq: Type.Integer(),
  at: instant(),
  actor: Type.String(),
  event: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
  prev_hash: Type.String(),
  hash: hex64(),
});

export const AuditListSchema = Type.Object({
  entries: Type.Array(AuditEntrySchema),
  chain: optional(Type.Union([Type.Literal("ok"), Type.Literal("broken")])),
  at: optional(nullable(Type.Integer({ description: "first entry that does not fit the chain" }))),
});

export const PairRequestSchema = Type.Object({
  code: Type.String({ maxLength: 64, description: "XXXX-XXXX" }),
  device_name: optional(Type.String({ maxLength: 64 })),
});

export const PairedDeviceSchema = Type.Object({
  device_id: Type.String(),
  device_name: Type.String(),
  api_key: Type.String({ description: "the secret; shown this once" }),
  url: Type.String({ description: "where the server is reached" }),
});

export const PairCodeSchema = Type.Object({ code: Type.String(), expires_at: instant() });

export const DeviceSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  paired_at: instant(),
  last_seen_at: instant(),
  last_address: nullable(Type.String()),
});

export const DeviceListSchema = Type.Object({ devices: Type.Array(DeviceSchema) });

export type HttpErrorBody = Static<typeof HttpErrorSchema>;
export type HealthBody = Static<typeof HealthSchema>;
export type MeshBody = Static<typeof MeshSchema>;
export type PeerBody = Static<typeof PeerRowSchema>;
export type MemberBody = Static<typeof MemberSchema>;
export type StateBody = Static<typeof StateRowSchema>;
export type MemoryBody = Static<typeof MemoryRowSchema>;
export type LoggedMessageBody = Static<typeof LoggedMessageSchema>;
export type MessageLedgerBody = Static<typeof MessageLedgerSchema>;
export type InviteBody = Static<typeof InviteRowSchema>;
export type ApiTokenBody = Static<typeof ApiTokenSchema>;
export type AuditEntryBody = Static<typeof AuditEntrySchema>;
export type DeviceBody = Static<typeof DeviceSchema>;
export type JoinResultBody = Static<typeof JoinResultSchema>;
