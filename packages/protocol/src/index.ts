/** The public surface of the protocol: types, constants and pure functions. Schemas are in `@parlatory/protocol/schemas`, the codec in `@parlatory/protocol/codec`. */
export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";
export { InvariantError, invariant } from "./invariant.ts";
export * from "./ids.ts";
export { MESH_LIMITS, type MeshLimits } from "./limits.ts";
export { CAPABILITIES, negotiateCapabilities, type Capability } from "./mesh/capabilities.ts";
export { CLOSE, FATAL_HELLO_CODES, mayReconnectAfter } from "./mesh/close-codes.ts";
export {
  DELIVERY_STATES,
  isSettled,
  toLegacyStatus,
  type DeliveryReason,
  type DeliveryState,
  type DeliveryStep,
} from "./mesh/delivery-state.ts";
export { MESH_ERROR_CODES, WireError, type MeshErrorCode, type MeshErrorDetail } from "./mesh/error-codes.ts";
export {
  GROUP_NAME_PATTERN,
  RESERVED_GROUP,
  isGroupName,
  parseGroupList,
  type GroupEntry,
  type GroupListResult,
} from "./mesh/group.ts";
export {
  MAX_INVITE_TOKEN_CHARS,
  encodeInviteToken,
  inviteLink,
  inviteString,
  parseInviteLink,
  parseInviteToken,
  type Invite,
  type InviteShapeResult,
  type UnsignedInvite,
} from "./mesh/invite.ts";
export {
  DEFAULT_POLICIES,
  POLICY_NAMES,
  parsePolicyChange,
  type MeshPolicies,
  type PolicyChangeResult,
} from "./mesh/policies.ts";
export {
  fingerprintInput,
  groupKeyInfo,
  helloString,
  joinSecretInput,
  multicastBodyString,
  multicastString,
  ownerHeader,
  ownerRequestString,
  parseOwnerHeader,
  sessionProofString,
  type FingerprintedSend,
  type MulticastHeader,
} from "./mesh/signed-strings.ts";
export { parseTarget, type Target } from "./mesh/target.ts";
export { HTTP_ERRORS, type HttpErrorCode } from "./http/error-codes.ts";
export type {
  ApiTokenBody,
  AuditEntryBody,
  DeviceBody,
  HealthBody,
  HttpErrorBody,
  InviteBody,
  JoinResultBody,
  LoggedMessageBody,
  MemberBody,
  MemoryBody,
  MeshBody,
  MessageLedgerBody,
  PeerBody,
  StateBody,
} from "./http/bodies.ts";
export type * from "./mesh/client-frames.ts";
export type * from "./mesh/broker-frames.ts";
export {
  ERROR_CATEGORIES,
  ERROR_KINDS,
  isErrorKind,
  type ErrorCategory,
  type ErrorKind,
  type ErrorKindRow,
} from "./harness/error-kinds.ts";
