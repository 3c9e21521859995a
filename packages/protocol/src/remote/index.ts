/** The remote's messages, limits, codes and truncation: types, constants and pure functions. Loads no schema library. */
export {
  REMOTE_CAPABILITIES,
  REMOTE_HELLO_CAPABILITIES,
  acceptRemoteCapabilities,
  type RemoteCapability,
} from "./capabilities.ts";
export type * from "./client-messages.ts";
export { REMOTE_CLOSE } from "./close-codes.ts";
export { parseRemoteMessage, type ParsedRemoteMessage } from "./codec.ts";
export { REMOTE_ERROR_CODES, RemoteError, type RemoteErrorCode } from "./error-codes.ts";
export { REMOTE_LIMITS } from "./limits.ts";
export { lowerUuid, parseClientSessionId, parseUuid, toWireTime } from "./names.ts";
export type * from "./server-messages.ts";
export { prefixOfBytes, suffixOfBytes, truncateMiddle, utf8Bytes } from "./truncate.ts";
