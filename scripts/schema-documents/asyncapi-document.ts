// AsyncAPI 3.0 of the mesh: one channel, seen from the broker, which receives requests and sends frames.
import { BROKER_FRAME_SCHEMAS, CLIENT_FRAME_SCHEMAS } from "@parlatory/protocol/schemas";

const messageId = (side: "client" | "broker", type: string): string => `${side}.${type}`;

export function asyncApiDocument(version: string): object {
  const client = messages("client", CLIENT_FRAME_SCHEMAS);
  const broker = messages("broker", BROKER_FRAME_SCHEMAS);
  const names = (side: object) => Object.keys(side);
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Parlatory mesh",
      version,
      description:
        "One JSON object per WebSocket text frame. The first frame of a client is `hello`, the first of the broker `hello_ack`.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    defaultContentType: "application/json",
    servers: { local: { host: "127.0.0.1:7900", protocol: "ws", description: "The default address of a broker" } },
    channels: {
      mesh: {
        address: "/ws",
        description: "The connection of one client to the mesh",
        servers: [{ $ref: "#/servers/local" }],
        messages: Object.fromEntries(
          names({ ...client, ...broker }).map((id) => [id, { $ref: `#/components/messages/${id}` }]),
        ),
      },
    },
    operations: {
      receiveFromClient: {
        action: "receive",
        channel: { $ref: "#/channels/mesh" },
        summary: "Requests of a client",
        messages: names(client).map((id) => ({ $ref: `#/channels/mesh/messages/${id}` })),
      },
      sendToClient: {
        action: "send",
        channel: { $ref: "#/channels/mesh" },
        summary: "Replies, pushes and notices of the broker",
        messages: names(broker).map((id) => ({ $ref: `#/channels/mesh/messages/${id}` })),
      },
    },
    components: { messages: { ...client, ...broker } },
  };
}

function messages(side: "client" | "broker", frames: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(frames).map(([type, payload]) => [
      messageId(side, type),
      { name: type, title: `${type} (${side})`, payload },
    ]),
  );
}
