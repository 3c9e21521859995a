/**
 * Web Push of this browser ([PUSH-1]): whether it can, whether it may, and the subscription that the server sends to. It
 * must not know the remote: whoever subscribes tells the server.
 */
export type PushObstacle =
  /** The page came over plain http. */
  | "insecure"
  /** Only apps on the home screen may, as on iPhones and iPads. */
  | "not_installed"
  | "unsupported"
  /** The person said no; only the browser's settings change that. */
  | "denied";

export interface PushAddress {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface PushDeviceOptions {
  readonly isSecure: boolean;
  /** iPhones and iPads. */
  readonly isApple: boolean;
  readonly registration: () => Promise<ServiceWorkerRegistration | undefined>;
  /** Undefined where the browser has no notifications. */
  readonly notifications: Pick<typeof Notification, "permission" | "requestPermission"> | undefined;
}

export class PushDevice {
  readonly #options: PushDeviceOptions;

  constructor(options: PushDeviceOptions) {
    this.#options = options;
  }

  /** Why there can be no pushes here; undefined when there can. */
  async obstacle(): Promise<PushObstacle | undefined> {
    const { isSecure, isApple, notifications } = this.#options;
    if (!isSecure) return "insecure";
    if (notifications === undefined || (await this.#manager()) === undefined) {
      return isApple ? "not_installed" : "unsupported";
    }
    return notifications.permission === "denied" ? "denied" : undefined;
  }

  /** The subscription in force, if it is for this server key; another server's is of no use. */
  async current(serverKey: string): Promise<PushAddress | undefined> {
    const subscription = await (await this.#manager())?.getSubscription();
    if (subscription === undefined || subscription === null) return undefined;
    return isFor(subscription, serverKey) ? toAddress(subscription) : undefined;
  }

  /** Asks the person if need be. Undefined when the answer is no. Rejects when the browser's push service fails. */
  async subscribe(serverKey: string): Promise<PushAddress | undefined> {
    const { notifications } = this.#options;
    const manager = await this.#manager();
    if (notifications === undefined || manager === undefined) return undefined;
    if ((await notifications.requestPermission()) !== "granted") return undefined;
    const before = await manager.getSubscription();
    if (before !== null && isFor(before, serverKey)) return toAddress(before);
    await before?.unsubscribe();
    return toAddress(
      await manager.subscribe({ userVisibleOnly: true, applicationServerKey: decodeBase64Url(serverKey) }),
    );
  }

  async unsubscribe(): Promise<void> {
    await (await (await this.#manager())?.getSubscription())?.unsubscribe();
  }

  async #manager(): Promise<PushManager | undefined> {
    const registration = await this.#options.registration();
    return registration !== undefined && "pushManager" in registration ? registration.pushManager : undefined;
  }
}

function isFor({ options }: PushSubscription, serverKey: string): boolean {
  const key = options.applicationServerKey;
  return key !== null && encodeBase64Url(new Uint8Array(key)) === serverKey.replace(/=+$/, "");
}

function toAddress(subscription: PushSubscription): PushAddress {
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (endpoint === undefined || p256dh === undefined || auth === undefined) {
    throw new Error("the browser gave a subscription without keys");
  }
  return { endpoint, keys: { p256dh, auth } };
}

function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function encodeBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
