/** Names and texts of the remote without its messages: for a thread that only reads files, and starts in a moment. */
export { lowerUuid, parseClientSessionId, parseUuid, toWireTime } from "./names.ts";
export { prefixOfBytes, suffixOfBytes, truncateMiddle, utf8Bytes } from "./truncate.ts";
