// AsyncAPI 3.0 of the two sockets, mesh and remote: a channel each, seen from the server, which receives requests and sends
// the rest.
import {
  BROKER_FRAME_SCHEMAS,
  CLIENT_FRAME_SCHEMAS,
  REMOTE_CLIENT_MESSAGE_SCHEMAS,
  REMOTE_SERVER_MESSAGE_SCHEMAS,
} from "@parlatory/protocol/schemas";

interface SocketChannel {
  id: string;
  address: string;
  description: string;
  /** What clients send, then what the server sends: by the prefix of their ids. */
  received: { side: string; summary: string; frames: Readonly<Record<string, object>> };
  sent: { side: string; summary: string; frames: Readonly<Record<string, object>> };
}

const channels: readonly SocketChannel[] = [
  {
    id: "mesh",
    address: "/ws",
    description:
      "The connection of one client to the mesh. The first frame of a client is `hello`, the first of the broker `hello_ack`.",
    received: { side: "client", summary: "Requests of a client", frames: CLIENT_FRAME_SCHEMAS },
    sent: { side: "broker", summary: "Replies, pushes and notices of the broker", frames: BROKER_FRAME_SCHEMAS },
  },
  {
    id: "remote",
    address: "/remote",
    description:
      "The connection of one client to the remote. The first frame is the server's `hello`; the client answers with `connect`.",
    received: { side: "remote-client", summary: "Requests of a remote client", frames: REMOTE_CLIENT_MESSAGE_SCHEMAS },
    sent: { side: "server", summary: "Answers and pushes of the server", frames: REMOTE_SERVER_MESSAGE_SCHEMAS },
  },
];

export function asyncApiDocument(version: string): object {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Parlatory mesh and remote",
      version,
      description: "One JSON object per WebSocket text frame.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    defaultContentType: "application/json",
    servers: { local: { host: "127.0.0.1:7900", protocol: "ws", description: "The default address of a server" } },
    channels: Object.fromEntries(channels.map((channel) => [channel.id, channelObject(channel)])),
    operations: Object.fromEntries(channels.flatMap(operationsOf)),
    components: {
      messages: Object.fromEntries(
        channels.flatMap(({ received, sent }) =>
          [received, sent].flatMap(({ side, frames }) => messages(side, frames)),
        ),
      ),
    },
  };
}

const messageId = (side: string, type: string): string => `${side}.${type}`;

function channelObject({ address, description, received, sent }: SocketChannel): object {
  const ids = [received, sent].flatMap(({ side, frames }) => Object.keys(frames).map((type) => messageId(side, type)));
  return {
    address,
    description,
    servers: [{ $ref: "#/servers/local" }],
    messages: Object.fromEntries(ids.map((id) => [id, { $ref: `#/components/messages/${id}` }])),
  };
}

function operationsOf({ id, received, sent }: SocketChannel): [string, object][] {
  const operation = (action: string, { side, summary, frames }: SocketChannel["sent"]): object => ({
    action,
    channel: { $ref: `#/channels/${id}` },
    summary,
    messages: Object.keys(frames).map((type) => ({ $ref: `#/channels/${id}/messages/${messageId(side, type)}` })),
  });
  const who = id === "mesh" ? "Client" : "RemoteClient";
  return [
    [`receiveFrom${who}`, operation("receive", received)],
    [`sendTo${who}`, operation("send", sent)],
  ];
}

function messages(side: string, frames: Readonly<Record<string, object>>): [string, object][] {
  return Object.entries(frames).map(([type, payload]) => [
    messageId(side, type),
    { name: type, title: `${type} (${side})`, payload },
  ]);
}
