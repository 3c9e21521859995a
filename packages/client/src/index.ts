/** The public surface of the client, for Node and browsers; what needs Node is in "@parlatory/client/node". */
export { MeshClient } from "./mesh-client.ts";
export type {
  MeshClientOptions,
  MeshEntry,
  ReceivingOptions,
  SendingOptions,
  SessionKeyPair,
  TimingOptions,
} from "./mesh-client-options.ts";
export type {
  ClientLoad,
  ClientWarning,
  ConnectionLoss,
  ConnectionState,
  EndReason,
  MeshClientEvents,
  PeerEvent,
  ReadyInfo,
  StateChange,
} from "./mesh-client-events.ts";
export type { Clock, MeshSocket, OpenSocket, Platform, SocketHandlers, Timer } from "./platform.ts";
export { createWebPlatform } from "./web-platform.ts";
export { silentLogger, type Logger } from "./logger.ts";
export { MeshRequestError } from "./requests/mesh-request-error.ts";
export type { MemoryFilter, MemoryPage, PeerFilter } from "./requests/mesh-requests.ts";
export type {
  DeliveredResult,
  QueuedReason,
  QueuedResult,
  RejectedResult,
  SealedSend,
  SendInput,
  SendResult,
} from "./sending/send-result.ts";
export type { IncomingMessage, MessageKind, UnverifiedReason } from "./receiving/incoming-message.ts";
export { RecentIds, type ReceivedIds } from "./receiving/received-ids.ts";
export {
  resolveTarget,
  resolveTargets,
  splitMeshPrefix,
  type OwnKeys,
  type ResolvedTarget,
  type TargetCandidate,
} from "./names/resolve-target.ts";
export {
  ApiError,
  createApiClient,
  fetchHealth,
  type ApiAnswer,
  type ApiAuth,
  type ApiClient,
  type ApiClientOptions,
  type ApiRequest,
} from "./http/api-client.ts";
export { MeshApi, createMesh, listMeshes, type NewInvite, type NewMesh } from "./http/mesh-api.ts";
export { HttpUnreachableError, type HttpPort, type HttpRequest, type HttpResponse } from "./http/http-port.ts";
export { fetchHttp } from "./http/fetch-http.ts";
export { httpOrigin } from "./http/http-origin.ts";
export { joinMesh, type JoinInput, type JoinResult } from "./http/join-mesh.ts";
export { openCrypto, type CryptoOptions, type MeshCrypto } from "./crypto/open-crypto.ts";
export { publicKeyOf, type KeyPair, type RandomBytes, type SecretKey } from "./crypto/keys.ts";
export { parseRootKey } from "./crypto/group-box.ts";
export { sendFingerprint } from "./crypto/fingerprint.ts";
export {
  joinSecretOf,
  tokenHashOf,
  type CreatedInvite,
  type InviteFailure,
  type OpenedInvite,
} from "./crypto/invite.ts";
