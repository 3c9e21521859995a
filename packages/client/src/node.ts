/** What only Node can do: sockets with pings and corking, files, node:http. */
export type { OwnCertificates } from "./node/connect-tls.ts";
export { createNodePlatform } from "./node/node-platform.ts";
export { createNodeHttp, nodeHttp } from "./node/node-http.ts";
export { openReceivedIdsFile, type ReceivedIdsFile, type ReceivedIdsFileOptions } from "./node/received-ids-file.ts";
export { createSessionKeyStore, type SessionKeyStore, type SessionKeyStoreOptions } from "./node/session-key-store.ts";
export { sessionFiles, type SessionFiles } from "./node/session-files.ts";
