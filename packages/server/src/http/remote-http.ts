import type { Devices } from "../sessions/devices/devices.ts";

/** What the remote gives to HTTP: its devices, and who has to wait for having tried too often. */
export interface RemoteHttp {
  /** Rejects with StoreUnavailableError while the database is away. */
  readonly devices: () => Promise<Pick<Devices, "createPairCode" | "pair" | "list" | "revoke">>;
  /** Shared with the door for sockets ([AUTH-8]). */
  readonly penalties: () => Promise<{ waitOf(address: string): number; noteFailure(address: string): void }>;
  /** `PARL_PUBLIC_URL`. */
  readonly publicUrl: string | undefined;
}
