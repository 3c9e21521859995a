import { MESH_LIMITS, type BrokerFrameByType } from "@parlatory/protocol";
import type { Routes } from "../route.ts";

type OkFrame = BrokerFrameByType["ok"];

/** Section 6, without `send`, which has a lane of its own. */
export const MAIL_ROUTES: Routes<"pull" | "message_status" | "client_ack" | "client_nack"> = {
  pull: {
    needsStore: true,
    handle: async ({ presence, services }, frame) => ({
      type: "pull_result",
      ...(await services.delivery.pull(presence, frame.max ?? MESH_LIMITS.pullDefault)),
    }),
  },
  message_status: {
    needsStore: true,
    handle: async ({ presence, services }, frame) => ({
      type: "message_status_result",
      ...(await services.delivery.messageStatus(presence, frame.messageId)),
    }),
  },
  client_ack: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => {
      const lookedUp = services.delivery.acknowledge(presence, frame);
      const ok: OkFrame = { type: "ok", op: "client_ack" };
      return lookedUp === undefined ? ok : lookedUp.then(() => ok);
    },
  },
  client_nack: {
    isQuiet: true,
    handle: ({ presence, services }, frame) => {
      const lookedUp = services.delivery.refuse(presence, frame);
      const ok: OkFrame = { type: "ok", op: "client_nack" };
      return lookedUp === undefined ? ok : lookedUp.then(() => ok);
    },
  },
};
