/**
 * Who may connect ([AUTH-1] to [AUTH-7]): the holder of the main key and the paired devices. It knows keys as digests and
 * gives a device's key out once, when it is paired; it knows nothing of sockets, and says by `onRevoked` whose to cut.
 * What one address may try is bounded where addresses are known ([AUTH-8]).
 */
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Log, RandomBytes } from "../../ports.ts";
import type { DeviceRow, RemoteStore } from "../../store/remote-store.ts";
import { digestOf, makeDeviceKey, matchKey } from "./device-key.ts";
import { makePairCode, normalisePairCode } from "./pair-code.ts";

export interface KnownDevice {
  readonly id: string;
  readonly name: string;
}

export interface PairCode {
  readonly code: string;
  readonly expiresAt: number;
}

export type PairResult =
  | { readonly outcome: "paired"; readonly device: KnownDevice; readonly apiKey: string }
  | { readonly outcome: "invalid" }
  /** Too many wrong codes came; none is looked at until then. */
  | { readonly outcome: "paused"; readonly retryAfterMs: number };

export interface DeviceAudit {
  note(entry: {
    readonly event: string;
    readonly deviceId: string | undefined;
    readonly subject: string;
    readonly outcome: string;
    readonly data?: Readonly<Record<string, unknown>> | undefined;
  }): void;
}

export interface DevicesOptions {
  readonly store: Pick<RemoteStore, "addPairCode" | "pairDevice" | "listDevices" | "touchDevice" | "revokeDevice">;
  readonly mainKey: string;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly audit: DeviceAudit;
  readonly log: Log;
}

/** The holder of the main key; it has no row and cannot be revoked. */
export const MAIN_DEVICE_ID = "main";

const MAX_NAME_CODE_POINTS = 64;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

export class Devices {
  readonly #options: DevicesOptions;
  readonly #mainHash: string;
  readonly #listeners = new Set<(deviceId: string) => void>();
  /** By this server; an authentication under way may have read the list before. */
  readonly #revoked = new Set<string>();
  #pausedUntil = 0;

  constructor(options: DevicesOptions) {
    this.#options = options;
    this.#mainHash = digestOf(options.mainKey);
  }

  /** Undefined for a key that is missing, wrong or revoked; nothing tells which ([AUTH-3], [AUTH-4]). */
  async authenticate(request: {
    readonly key: string | undefined;
    readonly name: string | undefined;
    readonly address: string;
  }): Promise<KnownDevice | undefined> {
    const { store, clock, log } = this.#options;
    const main = { id: MAIN_DEVICE_ID, name: toName(request.name, "Main key"), keyHash: this.#mainHash };
    const match = matchKey(request.key, [main, ...(await store.listDevices())]);
    if (match === undefined || this.#revoked.has(match.id)) return undefined;
    if (match !== main) {
      // The connection does not wait for it.
      store
        .touchDevice(match.id, clock.now(), request.address)
        .catch((error: unknown) => log.warn("the last use of a device was not noted", { device: match.id, error }));
    }
    return { id: match.id, name: match.name };
  }

  /** A code for one device, to be shown to whoever sits at the server. Kept as a digest. */
  async createPairCode(): Promise<PairCode> {
    const pairCode = this.#makePairCode();
    await this.#addPairCode(pairCode);
    this.#noteCode(undefined, "ok");
    return pairCode;
  }

  /** The same for a device that asks; undefined when so many are pending that this one is not given. */
  async createPairCodeFor(deviceId: string): Promise<PairCode | undefined> {
    const pairCode = this.#makePairCode();
    const isAdded = await this.#addPairCode(pairCode, REMOTE_LIMITS.pendingPairCodes);
    this.#noteCode(deviceId, isAdded ? "ok" : "refused");
    return isAdded ? pairCode : undefined;
  }

  /** The key is in the answer and nowhere else. */
  async pair(request: {
    readonly code: string;
    readonly deviceName: string | undefined;
    readonly address: string;
  }): Promise<PairResult> {
    const { store, clock, randomBytes, audit } = this.#options;
    const now = clock.now();
    const { address } = request;
    if (now < this.#pausedUntil) return { outcome: "paused", retryAfterMs: this.#pausedUntil - now };
    const apiKey = makeDeviceKey(randomBytes);
    const device: DeviceRow = {
      id: `dev-${Buffer.from(randomBytes(6)).toString("hex")}`,
      name: toName(request.deviceName, "Device"),
      keyHash: digestOf(apiKey),
      pairedAt: now,
      lastSeenAt: now,
      lastAddress: address,
    };
    const outcome = await store.pairDevice({
      codeHash: digestOf(normalisePairCode(request.code)),
      device,
      now,
      wrongTries: REMOTE_LIMITS.pairWrongTries,
    });
    if (outcome === "paired") {
      const { id, name } = device;
      audit.note({ event: "device_paired", deviceId: id, subject: id, outcome: "ok", data: { address, name } });
      return { outcome, device: { id, name }, apiKey };
    }
    if (outcome === "voided") this.#pausedUntil = now + REMOTE_LIMITS.authPenaltyMs;
    const data = { address, voided: outcome === "voided" };
    audit.note({ event: "pairing_refused", deviceId: undefined, subject: "pairing", outcome: "refused", data });
    return { outcome: "invalid" };
  }

  /** Oldest first ([AUTH-7]). */
  async list(): Promise<Omit<DeviceRow, "keyHash">[]> {
    return (await this.#options.store.listDevices()).map(({ keyHash: _keyHash, ...device }) => device);
  }

  /**
   * False when there is no such device any more. When it resolves, no new connection has its key, and listeners were told.
   * `by`: the device that asked. `beforeTold` is called when it is done and before listeners cut sockets.
   */
  async revoke(
    id: string,
    request: { readonly by?: string | undefined; readonly beforeTold?: (() => void) | undefined } = {},
  ): Promise<boolean> {
    const { store, clock, audit } = this.#options;
    const isRevoked = await store.revokeDevice(id, clock.now());
    const outcome = isRevoked ? "ok" : "unknown";
    audit.note({ event: "device_revoked", deviceId: request.by, subject: id, outcome });
    if (!isRevoked) return false;
    this.#revoked.add(id);
    request.beforeTold?.();
    for (const listener of this.#listeners) listener(id);
    return true;
  }

  /** Must not throw. Returns what ends it. */
  onRevoked(listener: (deviceId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #makePairCode(): PairCode {
    const { clock, randomBytes } = this.#options;
    return { code: makePairCode(randomBytes), expiresAt: clock.now() + REMOTE_LIMITS.pairCodeMs };
  }

  #addPairCode({ code, expiresAt }: PairCode, maxPending?: number): Promise<boolean> {
    const createdAt = expiresAt - REMOTE_LIMITS.pairCodeMs;
    return this.#options.store.addPairCode({
      hash: digestOf(normalisePairCode(code)),
      createdAt,
      expiresAt,
      maxPending,
    });
  }

  #noteCode(deviceId: string | undefined, outcome: string): void {
    this.#options.audit.note({ event: "pair_code_created", deviceId, subject: "pairing", outcome });
  }
}

/** One line of at most 64 characters, as people and logs can bear it. */
function toName(given: string | undefined, fallback: string): string {
  const name = Array.from((given ?? "").toWellFormed().replaceAll(CONTROL_CHARACTERS, " ").trim());
  return name.length === 0 ? fallback : name.slice(0, MAX_NAME_CODE_POINTS).join("").trim();
}
