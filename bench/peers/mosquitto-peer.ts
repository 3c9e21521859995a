import { writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { rawBody, type Lane, type Peer, type PeerServer } from "./lane.ts";
import { PeerProcess } from "./peer-process.ts";

export const MOSQUITTO: Peer = {
  name: "mosquitto (QoS 1, persistent sessions)",
  durable: "in memory; a snapshot to disk every 30 minutes and at exit (default)",
  program: "mosquitto",
  async start(program): Promise<PeerServer> {
    const server = await PeerProcess.start(program, async ({ folder, port }) => {
      const settings = [
        `listener ${port} 127.0.0.1`,
        "allow_anonymous true",
        `user ${userInfo().username}`,
        "persistence true",
        `persistence_location ${folder}/`,
        "max_inflight_messages 0",
        "max_queued_messages 0",
        "set_tcp_nodelay true",
        "log_type error",
      ];
      const path = join(folder, "mosquitto.conf");
      await writeFile(path, `${settings.join("\n")}\n`);
      return ["-c", path];
    });
    let lanes = 0;
    const open = (clientId: string) => connectAsync(`mqtt://127.0.0.1:${server.port}`, { clientId, clean: false });
    return {
      async openLane(count): Promise<Lane> {
        const topic = `mail/${++lanes}`;
        const sender = await open(`sender-${lanes}`);
        const receivers: (typeof sender)[] = [];
        const lane: Lane = {
          send: (number) => {
            sender.publish(topic, rawBody(number), { qos: 1 }, (error) => {
              if (error) lane.onFailed(new Error("mosquitto refused a message", { cause: error }));
              else lane.onAck();
            });
          },
          onAck: () => undefined,
          onReceived: () => undefined,
          onFailed: () => undefined,
          async close() {
            for (const client of [sender, ...receivers]) await client.endAsync();
          },
        };
        for (let i = 0; i < count; i++) {
          const receiver = await open(`receiver-${lanes}-${i}`);
          await receiver.subscribeAsync(topic, { qos: 1 });
          receiver.on("message", () => lane.onReceived());
          receivers.push(receiver);
        }
        return lane;
      },
      stop: () => server.stop(),
    };
  },
};
