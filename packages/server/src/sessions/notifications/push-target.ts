import type { Notification } from "./notification.ts";

export interface PushRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** Where notifications go, and how one becomes a request. Whether it comes there is no matter of the target. */
export interface PushTarget {
  /** For logs, unlike the address, which may be all the secret there is. */
  readonly id: string;
  readonly address: string;
  readonly kind: "ntfy" | "webhook" | "web_push";
  toRequest(notification: Notification): PushRequest | Promise<PushRequest>;
  /** The service says that nobody is there any more ([PUSH-4]). */
  onGone?(): Promise<void>;
}
