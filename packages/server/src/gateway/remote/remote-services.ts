/** What messages of the remote are turned into calls of. Put together by `remote-host.ts`, or by a test. */
import type { CommandDesk } from "../../commands/command-desk.ts";
import type { PathPolicy } from "../../path-policy.ts";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { SessionCatalog } from "../../sessions/catalog.ts";
import type { ResourceDesk } from "../../sessions/resources/resource-desk.ts";
import type { RunDesk } from "../../sessions/run-desk.ts";
import type { WorktreeDesk } from "../../sessions/worktrees/worktree-desk.ts";
import type { DeliveryRow } from "../../store/remote-store.ts";
import type { Pushes } from "./pushes/pushes.ts";
import type { RemoteDevice } from "./remote-device.ts";

/** A paired device; the holder of the main key is none. */
export interface PairedDevice extends RemoteDevice {
  readonly pairedAt: number;
  readonly lastSeenAt: number;
  readonly lastAddress?: string | undefined;
}

export interface DeviceDesk {
  /** Undefined for a key that is missing, wrong or revoked, which take the same work ([AUTH-3]). */
  authenticate(request: {
    key: string | undefined;
    name: string | undefined;
    address: string;
  }): Promise<RemoteDevice | undefined>;
  /** Oldest first. */
  list(): Promise<readonly PairedDevice[]>;
  /** False when there is no such device. `beforeTold`: it is done, and its sockets are cut next ([AUTH-7]). */
  revoke(id: string, request: { by: string; beforeTold: () => void }): Promise<boolean>;
  /** Undefined when too many are pending. */
  createPairCodeFor(deviceId: string): Promise<{ readonly code: string; readonly expiresAt: number } | undefined>;
}

export interface ClientSessionState {
  readonly currentSessionId: string | undefined;
  readonly directory: string | undefined;
  readonly hidden: readonly string[];
}

/** What client sessions own durably ([RDLV-7]). */
export interface ClientSessionDesk {
  open(id: string): Promise<ClientSessionState>;
  /** Without making it. */
  find(id: string): Promise<{ readonly currentSessionId: string | undefined } | undefined>;
  setDirectory(id: string, directory: string): Promise<void>;
  setHidden(id: string, sessionId: string, isHidden: boolean): Promise<void>;
}

export interface DeliveryDesk {
  /** Unacknowledged messages in queue order, a gap first ([RDLV-3], [RDLV-5]). */
  list(clientSessionId: string): Promise<readonly DeliveryRow[]>;
  acknowledge(clientSessionId: string, messageId: string): Promise<void>;
}

export interface PushSubscriptionDesk {
  save(subscription: { deviceId: string; endpoint: string; p256dh: string; auth: string }): Promise<void>;
  remove(deviceId: string): Promise<void>;
}

/** Events of the append-only audit log ([AUTH-11]); what runs do to sessions is noted by the run desk itself. */
export interface RemoteAudit {
  note(entry: {
    readonly event: string;
    readonly deviceId: string | undefined;
    readonly subject: string;
    readonly outcome: string;
    readonly data?: Readonly<Record<string, unknown>> | undefined;
  }): void;
}

export interface RemoteSettings {
  readonly isAuthOn: boolean;
  readonly serverVersion: string;
  /** `remote.default_directory`, else the home directory ([CONN-6]). */
  readonly defaultDirectory: string;
  readonly pushPublicKey?: string | undefined;
  /** `PARL_PUBLIC_URL`. */
  readonly publicUrl?: string | undefined;
}

export interface RemoteServices {
  readonly settings: RemoteSettings;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly createId: () => string;
  readonly catalog: SessionCatalog;
  readonly runs: RunDesk;
  readonly commands: CommandDesk;
  readonly devices: DeviceDesk;
  readonly clientSessions: ClientSessionDesk;
  readonly deliveries: DeliveryDesk;
  readonly resources: ResourceDesk;
  readonly worktrees: Pick<WorktreeDesk, "create">;
  readonly pushSubscriptions: PushSubscriptionDesk;
  readonly paths: PathPolicy;
  readonly isDirectory: (path: string) => Promise<boolean>;
  readonly audit: RemoteAudit;
  readonly pushes: Pushes;
}
