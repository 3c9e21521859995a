/**
 * What each route of the HTTP interface takes and answers: the single source of the types, of the checks the server makes
 * and of the OpenAPI document. The server loads the checks that are generated from it, not this file.
 */
import { Type, type Static, type TSchema } from "typebox";
import * as bodies from "./bodies.ts";
import type { HttpRouteId } from "./routes.ts";

export interface HttpRouteSchemas {
  /** Parameters behind the question mark; integers and booleans are written as text. */
  readonly query?: TSchema;
  readonly request?: TSchema;
  /** Schema of the JSON answer, or the content type of another one. */
  readonly response: TSchema | "text/html" | "text/plain" | "text/event-stream";
}

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(schema);
const pageLimit = (most: number) => optional(Type.Integer({ minimum: 1, maximum: most }));
const flag = () => optional(Type.Boolean());

export const HTTP_ROUTE_SCHEMAS = {
  getHealth: {
    response: bodies.HealthSchema,
  },
  getMetrics: {
    response: "text/plain",
  },
  join: {
    request: bodies.JoinRequestSchema,
    response: bodies.JoinResultSchema,
  },
  showInvite: {
    response: "text/html",
  },
  setHookStatus: {
    request: bodies.HookStatusSchema,
    response: bodies.HookResultSchema,
  },
  listMeshes: {
    response: bodies.MeshListSchema,
  },
  createMesh: {
    request: bodies.NewMeshSchema,
    response: bodies.MeshSchema,
  },
  getMesh: {
    response: bodies.MeshSchema,
  },
  archiveMesh: {
    response: bodies.DoneSchema,
  },
  changePolicies: {
    request: bodies.PolicyChangeSchema,
    response: bodies.PolicyResultSchema,
  },
  listPeers: {
    query: Type.Object({ group: optional(Type.String()), include_offline: flag() }),
    response: bodies.PeerListSchema,
  },
  listMembers: {
    response: bodies.MemberListSchema,
  },
  addMember: {
    request: bodies.NewMemberSchema,
    response: bodies.MemberSchema,
  },
  revokeMember: {
    response: bodies.DoneSchema,
  },
  listState: {
    query: Type.Object({ prefix: optional(Type.String()) }),
    response: bodies.StateListBodySchema,
  },
  getState: {
    response: bodies.StateRowSchema,
  },
  putState: {
    request: bodies.StateWriteSchema,
    response: bodies.StateRowSchema,
  },
  deleteState: {
    response: bodies.DoneSchema,
  },
  listMemories: {
    query: Type.Object({
      query: optional(Type.String()),
      tags: optional(Type.String({ description: "separated by commas" })),
      limit: pageLimit(100),
      before: optional(Type.String()),
    }),
    response: bodies.MemoryListBodySchema,
  },
  addMemory: {
    request: bodies.NewMemorySchema,
    response: bodies.MemoryIdSchema,
  },
  forgetMemory: {
    response: bodies.MemoryIdSchema,
  },
  listMessages: {
    query: Type.Object({ before: optional(Type.String()), limit: pageLimit(500) }),
    response: bodies.MessageListSchema,
  },
  getMessage: {
    response: bodies.MessageLedgerSchema,
  },
  listInvites: {
    response: bodies.InviteListSchema,
  },
  createInvite: {
    request: bodies.NewInviteSchema,
    response: bodies.InviteRowSchema,
  },
  revokeInvite: {
    response: bodies.InviteRowSchema,
  },
  listTokens: {
    response: bodies.ApiTokenListSchema,
  },
  createToken: {
    request: bodies.NewApiTokenSchema,
    response: bodies.CreatedApiTokenSchema,
  },
  revokeToken: {
    response: bodies.DoneSchema,
  },
  listAudit: {
    query: Type.Object({
      since: optional(Type.Integer({ minimum: 0, description: "only entries with a higher seq" })),
      verify: flag(),
    }),
    response: bodies.AuditListSchema,
  },
  streamEvents: {
    query: Type.Object({ since: optional(Type.Integer({ minimum: 0 })) }),
    response: "text/event-stream",
  },
  pairDevice: {
    request: bodies.PairRequestSchema,
    response: bodies.PairedDeviceSchema,
  },
  createPairCode: {
    response: bodies.PairCodeSchema,
  },
  listDevices: {
    response: bodies.DeviceListSchema,
  },
  revokeDevice: {
    response: bodies.DoneSchema,
  },
} as const satisfies Record<HttpRouteId, HttpRouteSchemas>;

type SchemasById = typeof HTTP_ROUTE_SCHEMAS;

export type HttpRequestBody<Id extends HttpRouteId> = SchemasById[Id] extends { request: infer Schema extends TSchema }
  ? Static<Schema>
  : undefined;
export type HttpQuery<Id extends HttpRouteId> = SchemasById[Id] extends { query: infer Schema extends TSchema }
  ? Static<Schema>
  : Record<never, never>;
export type HttpResponseBody<Id extends HttpRouteId> = SchemasById[Id] extends {
  response: infer Schema extends TSchema;
}
  ? Static<Schema>
  : never;
