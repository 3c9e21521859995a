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
export { RemoteClient } from "./remote/remote-client.ts";
export type { RemoteClientOptions, RemoteTimingOptions } from "./remote/remote-client-options.ts";
export type {
  RemoteClientEvents,
  RemoteClientWarning,
  RemoteConnectionState,
  RemoteEndReason,
  RemoteLoss,
  RemoteReadyInfo,
} from "./remote/remote-client-events.ts";
export { RemoteRequestError } from "./remote/requests/remote-request-error.ts";
export type { RemoteAnswer } from "./remote/delivery/remote-answer.ts";
export type { RemoteReplayGap } from "./remote/delivery/deliveries.ts";
export type {
  PromptAcceptance,
  PromptAttachment,
  PromptHandle,
  PromptInput,
  PromptMode,
} from "./remote/prompts/prompt-input.ts";
export type { PromptStore, StoredPrompt } from "./remote/prompts/prompt-store.ts";
export type { OutboxPrompt, PromptState } from "./remote/prompts/prompt-outbox.ts";
export type { OwnPrompt } from "./remote/prompts/own-prompts.ts";
export type { FollowOptions } from "./remote/history/followed-sessions.ts";
export type { HistoryChange, SessionFollow } from "./remote/history/session-follow.ts";
export {
  SessionView,
  type HistoryCursor,
  type HistoryFrame,
  type HistorySnapshot,
  type MergeResult,
  type MissingPart,
} from "./remote/history/session-view.ts";
export { spokenText } from "./remote/history/spoken-text.ts";
export type { SessionLock } from "./remote/sessions/session-locks.ts";
export type { SessionListFilter } from "./remote/calls/session-calls.ts";
export type { PermissionAnswer, PermissionRequest, PermissionResolution } from "./remote/calls/permission-calls.ts";
export type { CommandHistoryFilter } from "./remote/calls/command-calls.ts";
export type { PairCode } from "./remote/calls/device-calls.ts";
export type { FileUpload } from "./remote/calls/file-calls.ts";
export type { CommandEnd, CommandRun, CommandRunListener, CommandStart } from "./remote/commands/command-run.ts";
export { storedCommandLines, type CommandLine } from "./remote/commands/command-lines.ts";
export { connectMessage, type ConnectOptions } from "./remote/link/connect-message.ts";
export { randomUuid } from "./remote/random-uuid.ts";
export { remoteUrl } from "./remote/remote-url.ts";
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
