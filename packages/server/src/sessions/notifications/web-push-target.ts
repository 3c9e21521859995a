import type { PushSubscriptionRow, RemoteStore } from "../../store/remote-store.ts";
import { encodeNotification, type PushEvent } from "./notification.ts";
import type { PushTarget } from "./push-target.ts";
import type { VapidKeys } from "./vapid-keys.ts";

export interface WebPushOptions {
  readonly store: Pick<RemoteStore, "removePushSubscription">;
  readonly keys: VapidKeys;
  /** Whom a push service may write to: an https or mailto address. */
  readonly contact: string;
}

/** How long a push service may keep a message for a device that is off: a question is over by then, the rest is old news. */
const LIFETIME_S: Readonly<Record<PushEvent, number>> = { needs_input: 600, turn_complete: 86_400, failed: 86_400 };

/** A browser of a device, by its push service: encrypted to the subscription, so that the service cannot read it ([PUSH-3]). */
export function createWebPushTarget(subscription: PushSubscriptionRow, options: WebPushOptions): PushTarget {
  const { deviceId, endpoint, p256dh, auth } = subscription;
  return {
    id: `web_push ${deviceId}`,
    address: endpoint,
    kind: "web_push",
    toRequest: async (notification) => {
      // Most servers have no subscription, and need not load it.
      const { default: webPush } = await import("web-push");
      const details = webPush.generateRequestDetails(
        { endpoint, keys: { p256dh, auth } },
        encodeNotification(notification),
        {
          vapidDetails: { subject: options.contact, ...options.keys },
          contentEncoding: "aes128gcm",
          TTL: LIFETIME_S[notification.event],
          urgency: notification.priority,
        },
      );
      return { url: endpoint, headers: toHeaders(details.headers), body: new Uint8Array(details.body ?? []) };
    },
    // Of this subscription only: the device may have made a new one since.
    onGone: () => options.store.removePushSubscription(deviceId, endpoint),
  };
}

function toHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  // The length of the body is a matter of whoever sends it.
  return Object.fromEntries(entries.filter(([name]) => name !== "content-length"));
}
