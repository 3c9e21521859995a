import type { RemoteDeviceEntry, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteRequests } from "../requests/remote-requests.ts";

export interface PairCode {
  /** For one device, once. */
  readonly code: string;
  readonly expiresAt: string;
  /** The page for pairing with the code in it, where the server knows how it is reached. */
  readonly url: string | null;
}

/** The devices that may connect ([AUTH-6], [AUTH-7]). All reject with `RemoteRequestError`. */
export class DeviceCalls {
  readonly #requests: RemoteRequests;

  constructor(requests: RemoteRequests) {
    this.#requests = requests;
  }

  /** All of them, oldest first; the holder of the main key is not listed. */
  async list(): Promise<readonly RemoteDeviceEntry[]> {
    const devices: RemoteDeviceEntry[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: RemoteServerMessageOf<"device_list"> = await this.#requests.ask({
        message: { type: "list_devices", ...(cursor === undefined ? {} : { cursor }) },
        answer: "device_list",
      });
      devices.push(...page.devices);
      cursor = page.next_cursor;
    }
    return devices;
  }

  /** Its connections end at once: when it is this client's own device, this one too. */
  async revoke(deviceId: string): Promise<void> {
    await this.#requests.ask({ message: { type: "revoke_device", device_id: deviceId }, answer: "ack" });
  }

  /** Refused with `too_many` while as many as may be are pending. */
  async createPairCode(): Promise<PairCode> {
    const made = await this.#requests.ask({ message: { type: "create_pair_code" }, answer: "pair_code" });
    return { code: made.code, expiresAt: made.expires_at, url: made.url };
  }
}
