/** What a connected client may see and do about devices: list them, sign one out, let another in ([AUTH-6], [AUTH-7]). */
import { RemoteError, toWireTime, type RemoteDeviceEntry } from "@parlatory/protocol/remote";
import { cutStrings, jsonBytes } from "../frames/cut-strings.ts";
import { fittingCount } from "../frames/fit-session.ts";
import type { PairedDevice } from "../remote-services.ts";
import type { Routes } from "../route.ts";

export const DEVICE_ROUTES: Routes<"list_devices" | "revoke_device" | "create_pair_code"> = {
  list_devices: {
    turn: "aside",
    async handle({ peer, services, form, answer }, { cursor }) {
      const devices = await services.devices.list();
      if (cursor === undefined) {
        services.audit.note({ event: "devices_listed", deviceId: peer.device.id, subject: "devices", outcome: "ok" });
      }
      const after = cursor === undefined ? undefined : readCursor(cursor);
      const rest = after === undefined ? devices : devices.filter((device) => isAfter(device, after));
      const entries = rest.map((device) => toEntry(device, peer.device.id));
      const envelope = { type: "device_list" as const, devices: [], has_more: false, next_cursor: LONGEST_CURSOR };
      const count = fittingCount(entries, form().budgetBytes - jsonBytes(envelope));
      const last = count < rest.length ? rest[count - 1] : undefined;
      answer({
        ...envelope,
        devices: entries.slice(0, count),
        has_more: last !== undefined,
        next_cursor: last === undefined ? null : `${last.pairedAt} ${last.id}`,
      });
    },
  },
  revoke_device: {
    turn: "ordered",
    async handle({ peer, services, answer }, { device_id: id }) {
      const isRevoked = await services.devices.revoke(id, {
        by: peer.device.id,
        // Whoever signs itself out still reads that it worked.
        beforeTold: () => answer({ type: "ack", message: "Device revoked" }),
      });
      if (!isRevoked) throw new RemoteError("not_found", `Device not found: ${cutStrings(id)}`);
    },
  },
  create_pair_code: {
    turn: "ordered",
    async handle({ peer, services, answer }) {
      const made = await services.devices.createPairCodeFor(peer.device.id);
      if (made === undefined) {
        throw new RemoteError("too_many", "As many pairing codes as may be pending are: use one, or let one expire");
      }
      const { publicUrl } = services.settings;
      const origin = publicUrl === undefined ? peer.serverOrigin : new URL(publicUrl).origin;
      answer({
        type: "pair_code",
        code: made.code,
        expires_at: toWireTime(made.expiresAt),
        url: origin === undefined ? null : `${origin}/pair#${made.code}`,
      });
    },
  },
};

/** Where a page ended: devices are listed by when they were paired, then by id. It holds when that one is revoked meanwhile. */
interface Position {
  readonly pairedAt: number;
  readonly id: string;
}

const LONGEST_CURSOR = `${Number.MAX_SAFE_INTEGER} dev-${"0".repeat(12)}`;

function readCursor(cursor: string): Position {
  const [, pairedAt, id] = /^(\d{1,16}) (dev-[0-9a-f]{12})$/.exec(cursor) ?? [];
  if (pairedAt === undefined || id === undefined) {
    throw new RemoteError("invalid_field", "cursor must be one that a device_list gave in list_devices message");
  }
  return { pairedAt: Number(pairedAt), id };
}

function isAfter(device: PairedDevice, { pairedAt, id }: Position): boolean {
  return device.pairedAt === pairedAt ? device.id > id : device.pairedAt > pairedAt;
}

function toEntry({ id, name, pairedAt, lastSeenAt, lastAddress }: PairedDevice, currentId: string): RemoteDeviceEntry {
  return {
    device_id: id,
    name,
    paired_at: toWireTime(pairedAt),
    last_seen_at: toWireTime(lastSeenAt),
    last_address: lastAddress ?? null,
    is_current: id === currentId,
  };
}
