import { createECDH } from "node:crypto";
import { RemoteError } from "@parlatory/protocol/remote";
import type { Clock } from "../../ports.ts";
import type { RemoteStore } from "../../store/remote-store.ts";

const MAX_ENDPOINT_CHARACTERS = 2_048;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;
const AUTH_BYTES = 16;

export interface PushSubscriptionsOptions {
  readonly store: Pick<RemoteStore, "savePushSubscription" | "removePushSubscription">;
  readonly clock: Clock;
}

/** The browsers that asked to be told, one per device ([PUSH-1]). What could never be encrypted to is refused here. */
export class PushSubscriptions {
  readonly #options: PushSubscriptionsOptions;

  constructor(options: PushSubscriptionsOptions) {
    this.#options = options;
  }

  /** Takes the place of the device's earlier one. Raises RemoteError. */
  async save(subscription: {
    readonly deviceId: string;
    readonly endpoint: string;
    readonly p256dh: string;
    readonly auth: string;
  }): Promise<void> {
    const { endpoint, p256dh, auth } = subscription;
    if (!isHttpUrl(endpoint)) throw refused("endpoint", "an address that starts with http:// or https://");
    if (!isPublicKey(p256dh)) throw refused("keys.p256dh", "a public key of the curve P-256 in base64url");
    if (decode(auth)?.length !== AUTH_BYTES) throw refused("keys.auth", `${AUTH_BYTES} bytes in base64url`);
    await this.#options.store.savePushSubscription({ ...subscription, createdAt: this.#options.clock.now() });
  }

  async remove(deviceId: string): Promise<void> {
    await this.#options.store.removePushSubscription(deviceId);
  }
}

function refused(field: string, expected: string): RemoteError {
  return new RemoteError("invalid_field", `${field} must be ${expected} in push_subscribe message`);
}

function isHttpUrl(text: string): boolean {
  if (text.length > MAX_ENDPOINT_CHARACTERS || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}

function isPublicKey(text: string): boolean {
  const point = decode(text);
  if (point?.length !== 65) return false;
  const ours = createECDH("prime256v1");
  ours.generateKeys();
  try {
    // Raises for a point that is not on the curve.
    ours.computeSecret(point);
    return true;
  } catch {
    return false;
  }
}

function decode(text: string): Buffer | undefined {
  return BASE64URL.test(text) ? Buffer.from(text, "base64url") : undefined;
}
