import type { Notification } from "./notification.ts";
import type { PushTargetSettings } from "./push-settings.ts";
import type { PushTarget } from "./push-target.ts";

const TAGS = { needs_input: "raising_hand", turn_complete: "white_check_mark", failed: "warning" } as const;

/** A topic of an ntfy server: the text is the body, the rest goes into headers. */
export function createNtfyTarget({ address, token }: PushTargetSettings, id: string): PushTarget {
  return {
    id,
    address,
    kind: "ntfy",
    toRequest: (notification: Notification) => ({
      url: address,
      headers: {
        "content-type": "text/plain; charset=utf-8",
        "x-title": toHeaderText(notification.title),
        "x-priority": notification.priority === "high" ? "high" : "default",
        "x-tags": TAGS[notification.event],
        "x-click": notification.url,
        "x-parlatory-event-id": notification.eventId,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: notification.body,
    }),
  };
}

/** Headers hold ASCII; what is not is encoded as mail does it (RFC 2047), which ntfy reads. */
function toHeaderText(text: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text) && !text.includes("=?");
  return isPlain ? text : `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;
}
