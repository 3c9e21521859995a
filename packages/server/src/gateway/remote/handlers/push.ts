/** Web Push of a device ([PUSH-1]). */
import type { Routes } from "../route.ts";

export const PUSH_ROUTES: Routes<"push_subscribe" | "push_unsubscribe"> = {
  push_subscribe: {
    turn: "ordered",
    async handle({ peer, services, answer }, { endpoint, keys }) {
      await services.pushSubscriptions.save({
        deviceId: peer.device.id,
        endpoint,
        p256dh: keys.p256dh,
        auth: keys.auth,
      });
      answer({ type: "ack", message: "Push subscription stored" });
    },
  },
  push_unsubscribe: {
    turn: "ordered",
    async handle({ peer, services, answer }) {
      await services.pushSubscriptions.remove(peer.device.id);
      answer({ type: "ack", message: "Push subscription removed" });
    },
  },
};
