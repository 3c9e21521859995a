/** Devices that may use the remote, over HTTP with the operator's token ([AUTH-6], [AUTH-7]). */
import type { DeviceBody } from "@parlatory/protocol";
import type { CommandContext } from "../harness/context.ts";
import { adminHints, openAdminApi, serverUrl } from "../server/admin-access.ts";
import { withMeshErrors } from "../mesh/mesh-error.ts";

export interface DeviceRow {
  readonly device_id: string;
  readonly name: string;
  readonly paired_at: string;
  readonly last_seen_at: string;
  readonly last_address: string | null;
}

export interface PairCode {
  readonly code: string;
  readonly expires_at: string;
  /** Where the code was made. */
  readonly origin: string;
}

export async function createPairCode(context: CommandContext): Promise<PairCode> {
  const origin = await serverUrl(context, undefined);
  return withMeshErrors({ target: origin, operation: "pair", hints: adminHints }, async () => {
    const api = await openAdminApi(context, origin);
    const { body } = await api.request<{ code: string; expires_at: string }>({
      method: "POST",
      path: ["remote", "pair-codes"],
    });
    return { code: body.code, expires_at: body.expires_at, origin };
  });
}

export async function listDevices(
  context: CommandContext,
  { url }: { readonly url: string | undefined },
): Promise<{ devices: readonly DeviceRow[] }> {
  const origin = await serverUrl(context, url);
  return withMeshErrors({ target: origin, operation: "list_devices", hints: adminHints }, async () => {
    const api = await openAdminApi(context, origin);
    const { body } = await api.request<{ devices: readonly DeviceBody[] }>({
      method: "GET",
      path: ["remote", "devices"],
    });
    return { devices: body.devices.map(toRow) };
  });
}

/** Its sockets are closed at once. Errors: `device_not_found`. */
export async function revokeDevice(
  context: CommandContext,
  { deviceId, url }: { readonly deviceId: string; readonly url: string | undefined },
): Promise<{ device_id: string; revoked: true }> {
  const origin = await serverUrl(context, url);
  const subject = {
    target: deviceId,
    operation: "revoke_device",
    notFound: "device_not_found",
    hints: adminHints,
  } as const;
  return withMeshErrors(subject, async () => {
    const api = await openAdminApi(context, origin);
    await api.request({ method: "DELETE", path: ["remote", "devices", deviceId] });
    return { device_id: deviceId, revoked: true };
  });
}

function toRow(device: DeviceBody): DeviceRow {
  return {
    device_id: device.id,
    name: device.name,
    paired_at: device.paired_at,
    last_seen_at: device.last_seen_at,
    last_address: device.last_address,
  };
}
