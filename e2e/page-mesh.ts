// What runs inside the browser of browser-client.test.ts: the published surface of the client and nothing of Node.
import {
  MeshClient,
  createWebPlatform,
  fetchHttp,
  joinMesh,
  openCrypto,
  type IncomingMessage,
  type MeshEntry,
  type SendInput,
  type SendResult,
} from "@parlatory/client";

/** A message as the page saw it. */
export type SeenMessage = Pick<IncomingMessage, "kind" | "text" | "encrypted" | "signed" | "senderName" | "messageId">;

/** The handle that the test reaches through the page; everything that crosses is JSON. */
export interface PageMesh {
  /** Joins by an invite token; gives the mesh's config entry. */
  join(token: string, displayName: string): Promise<MeshEntry>;
  /** Connects and gives the session key. */
  connect(mesh: MeshEntry, groups: readonly string[]): Promise<string>;
  send(input: SendInput): Promise<SendResult>;
  /** Everything handed over so far. */
  messages(): SeenMessage[];
  /** Name of the connection's state: `ready`, `waiting`, … */
  state(): string;
  /** How often the connection became ready. */
  readyCount(): number;
  close(): Promise<void>;
}

declare global {
  var pageMesh: PageMesh;
}

let client: MeshClient | undefined;
let readyCount = 0;
const seen: SeenMessage[] = [];

function open(): MeshClient {
  if (client === undefined) throw new Error("the page has not connected yet");
  return client;
}

globalThis.pageMesh = {
  async join(token, displayName) {
    const crypto = await openCrypto();
    const invite = crypto.parseInvite(token, Date.now());
    if (!invite.ok) throw new Error(invite.reason);
    const joined = await joinMesh({ invite, memberKey: crypto.generateKeyPair(), displayName, http: fetchHttp });
    if (!joined.ok) throw new Error(`${joined.code}: ${joined.message}`);
    return joined.mesh;
  },
  async connect(mesh, groups) {
    client = new MeshClient({
      mesh,
      platform: createWebPlatform(),
      groups: groups.map((name) => ({ name })),
      receiving: { surface: "automatic" },
    });
    client.on("message", ({ kind, text, encrypted, signed, senderName, messageId }) => {
      seen.push({ kind, text, encrypted, signed, senderName, messageId });
    });
    client.on("ready", () => (readyCount += 1));
    client.connect();
    await client.untilReady();
    return String(client.pubkey);
  },
  send: (input) => open().send(input),
  messages: () => seen,
  state: () => open().state.name,
  readyCount: () => readyCount,
  close: () => open().close(),
};
