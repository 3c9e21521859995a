import type { MeshId, MessageStatusResult, Peer } from "@parlatory/protocol";
import type { ApiTokens } from "../mesh/api-tokens.ts";
import type { Audit } from "../mesh/audit.ts";
import type { Directory } from "../mesh/directory.ts";
import type { EventLog } from "../mesh/event-log.ts";
import type { GroupCommit } from "../mesh/group-commit.ts";
import type { HookDesk } from "../mesh/hooks.ts";
import type { Invites } from "../mesh/invites.ts";
import type { JoinDesk } from "../mesh/join-desk.ts";
import type { Members } from "../mesh/members.ts";
import type { MemoryBoard } from "../mesh/memory-board.ts";
import type { MeshAdmin } from "../mesh/mesh-admin.ts";
import type { MessageLog } from "../mesh/message-log.ts";
import type { Clock, Log, Scheduler } from "../ports.ts";
import type { RouteWatch } from "../mesh/route-watch.ts";
import type { Presences } from "../mesh/presences.ts";
import type { StateBoard } from "../mesh/state-board.ts";
import type { OriginPolicy } from "../origin.ts";
import type { Store } from "../store/store.ts";
import type { RemoteHttp } from "./remote-http.ts";

/** What HTTP counts; `route` is the pattern of a path, never a path ([OBS-1]). */
export interface HttpMetrics {
  httpRequest(route: string, status: number): void;
}

export interface PeerQuery {
  /** With or without `@`; absent shows everybody. */
  group: string | undefined;
  includeOffline: boolean;
  /** Shows working directory and process, which only an administrator sees. */
  withProcess: boolean;
}

/** Everything the HTTP interface stands on. Given by `main.ts`, or by a test. */
export interface HttpDeps {
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  metrics: HttpMetrics;
  origins: OriginPolicy;
  directory: Directory;
  presences: Pick<Presences, "ofMesh">;
  events: Pick<EventLog, "subscribe" | "lastSeq">;
  routes: Pick<RouteWatch, "subscribe">;
  commit: Pick<GroupCommit, "drain" | "submit" | "isDown">;
  store: Pick<Store, "ping" | "readEvents" | "isHelloSeen">;
  states: Pick<StateBoard, "read" | "list" | "write">;
  memories: Pick<MemoryBoard, "remember" | "recall" | "list" | "forgetAsAdmin">;
  members: Pick<Members, "list" | "add" | "revoke">;
  invites: Pick<Invites, "create" | "list" | "revoke">;
  joinDesk: Pick<JoinDesk, "handle">;
  hookDesk: Pick<HookDesk, "handleStatus">;
  meshAdmin: Pick<MeshAdmin, "create" | "changePolicies" | "archive">;
  apiTokens: Pick<ApiTokens, "authenticate" | "create" | "list" | "revoke">;
  audit: Pick<Audit, "list" | "note" | "verify">;
  messageLog: Pick<MessageLog, "list">;
  /** The peer list as the caller may see it. */
  listPeers: (meshId: MeshId, query: PeerQuery) => Peer[];
  /** The path of one message to each recipient, without any body; undefined when it is unknown. */
  readLedger: (meshId: MeshId, messageId: string) => Promise<Omit<MessageStatusResult, "type" | "_reqId"> | undefined>;
  /** Prometheus text 0.0.4. */
  renderMetrics: () => Promise<string>;
  /** Where the build of the web app lies. */
  webFolder: string;
  remote: RemoteHttp;
  adminToken: string;
  /** `PARL_METRICS_TOKEN`. */
  metricsToken: string | undefined;
  /** Of `/join` and `/hook`; default 65,536 bytes ([LIM-3]). */
  maxBodyBytes?: number | undefined;
  version: string;
  gitSha: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
}
