import { BrokerProcess } from "../mesh/broker-process.ts";
import { createBody, type LoadClient } from "../mesh/load-client.ts";
import { connect } from "../mesh/measure.ts";
import { CONFIRM_EVERY_MS, type Lane, type Peer, type PeerServer } from "./lane.ts";

const MOST_RECEIVERS = 150;

export const OURS: Peer = {
  name: "Parlatory (SQLite, strict)",
  durable: "flushed to disk (fsync) before the sender is told",
  async start(): Promise<PeerServer> {
    const broker = await BrokerProcess.start();
    const mesh = await broker.seed("peers", 2, MOST_RECEIVERS);
    return {
      async openLane(count): Promise<Lane> {
        const sender = await connect(mesh, 0);
        const receivers: LoadClient[] = [];
        for (let i = 0; i < count; i++) receivers.push(await connect(mesh, 1, { ackEveryMs: CONFIRM_EVERY_MS }));
        const target = count === 1 ? (receivers[0]?.session.pubkey ?? "") : "*";
        const lane: Lane = {
          send: (number) => sender.send(target, createBody(number), String(number)),
          onAck: () => undefined,
          onReceived: () => undefined,
          onFailed: () => undefined,
          async close() {
            for (const receiver of receivers) receiver.acknowledgeNow();
            await Promise.all([sender, ...receivers].map((client) => client.close()));
          },
        };
        sender.onAck = ({ queued, code }) => {
          if (queued) lane.onAck();
          else lane.onFailed(new Error(`our broker refused a send: ${code ?? ""}`));
        };
        for (const receiver of receivers) receiver.onPush = () => lane.onReceived();
        return lane;
      },
      stop: () => broker.stop(),
    };
  },
};
