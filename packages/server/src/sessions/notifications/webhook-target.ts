import { createHmac } from "node:crypto";
import { encodeNotification } from "./notification.ts";
import type { PushTargetSettings } from "./push-settings.ts";
import type { PushTarget } from "./push-target.ts";

/** Somebody's own HTTP endpoint; with a secret it can tell that the body is ours and whole ([PUSH-3]). */
export function createWebhookTarget({ address, secret }: PushTargetSettings, id: string): PushTarget {
  return {
    id,
    address,
    kind: "webhook",
    toRequest: (notification) => {
      const body = encodeNotification(notification);
      return {
        url: address,
        headers: {
          "content-type": "application/json",
          ...(secret === undefined ? {} : { "x-parlatory-signature": `sha256=${sign(body, secret)}` }),
        },
        body,
      };
    },
  };
}

function sign(body: string, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}
