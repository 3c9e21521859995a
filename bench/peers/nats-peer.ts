import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  StorageType,
  type ConsumerMessages,
  type JsMsg,
} from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { join } from "node:path";
import { CONFIRM_EVERY_MS, rawBody, type Lane, type Peer, type PeerServer } from "./lane.ts";
import { PeerProcess } from "./peer-process.ts";

const STREAM = "MAIL";
const SUBJECT = "mail";
/** Fetched ahead; as many as our offer window. */
const WINDOW = 1_024;

export const NATS: Peer = {
  name: "nats-server (JetStream, file)",
  durable: "written to the file; fsync every 2 minutes (default of this version)",
  program: "nats-server",
  async start(program): Promise<PeerServer> {
    const server = await PeerProcess.start(program, ({ folder, port }) =>
      Promise.resolve(["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", join(folder, "store")]),
    );
    let lanes = 0;
    return {
      async openLane(count): Promise<Lane> {
        const stream = `${STREAM}${++lanes}`;
        const subject = `${SUBJECT}.${lanes}`;
        const sender = await connect({ servers: `127.0.0.1:${server.port}` });
        const manager = await jetstreamManager(sender);
        await manager.streams.add({ name: stream, subjects: [subject], storage: StorageType.File });
        const js = jetstream(sender);
        const lane: Lane = {
          send: (number) => {
            js.publish(subject, rawBody(number), { timeout: 30_000 }).then(
              () => lane.onAck(),
              (cause: unknown) => lane.onFailed(new Error("nats-server refused a message", { cause })),
            );
          },
          onAck: () => undefined,
          onReceived: () => undefined,
          onFailed: () => undefined,
          async close() {
            for (const messages of consuming) messages.stop();
            for (const connection of [sender, ...connections]) await connection.close();
          },
        };
        const connections: (typeof sender)[] = [];
        const consuming: ConsumerMessages[] = [];
        for (let i = 0; i < count; i++) {
          const name = `receiver${i}`;
          await manager.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.All, max_ack_pending: -1 });
          const connection = await connect({ servers: `127.0.0.1:${server.port}` });
          connections.push(connection);
          const consumer = await jetstream(connection).consumers.get(stream, name);
          const confirm = createConfirmer();
          const callback = (message: JsMsg): void => {
            confirm(message);
            lane.onReceived();
          };
          consuming.push(await consumer.consume({ max_messages: WINDOW, callback }));
        }
        return lane;
      },
      stop: () => server.stop(),
    };
  },
};

/** Confirms the last message, and with it all before it, at most every so often. */
function createConfirmer(): (message: JsMsg) => void {
  let last: JsMsg | undefined;
  let timer: NodeJS.Timeout | undefined;
  return (message) => {
    last = message;
    timer ??= setTimeout(() => {
      timer = undefined;
      last?.ack();
    }, CONFIRM_EVERY_MS);
  };
}
