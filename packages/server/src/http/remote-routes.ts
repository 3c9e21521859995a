import type { DeviceBody } from "@parlatory/protocol";
import type { Devices } from "../sessions/devices/devices.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import { toInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";

type Device = Awaited<ReturnType<Devices["list"]>>[number];

/** [AUTH-6], [AUTH-7]. */
export function remoteRoutes({
  remote,
}: Pick<HttpDeps, "remote">): Pick<RouteHandlers, "pairDevice" | "createPairCode" | "listDevices" | "revokeDevice"> {
  const { publicUrl } = remote;
  return {
    async pairDevice({ body, request, address }) {
      const penalties = await remote.penalties();
      const waitMs = penalties.waitOf(address);
      if (waitMs > 0) throw tooMany(waitMs);
      const devices = await remote.devices();
      const result = await devices.pair({ code: body.code, deviceName: body.device_name, address });
      if (result.outcome === "paused") throw tooMany(result.retryAfterMs);
      if (result.outcome === "invalid") {
        penalties.noteFailure(address);
        const message = "This code is not valid: it was used, it has expired, or it was mistyped; make another one";
        return Response.json({ error: { code: "pair_code_invalid", message } }, { status: 403 });
      }
      const { device, apiKey } = result;
      return {
        body: {
          device_id: device.id,
          device_name: device.name,
          api_key: apiKey,
          url: publicUrl ?? new URL(request.url).origin,
        },
      };
    },
    async createPairCode() {
      const { code, expiresAt } = await (await remote.devices()).createPairCode();
      return { body: { code, expires_at: toInstant(expiresAt) } };
    },
    async listDevices() {
      return { body: { devices: (await (await remote.devices()).list()).map(toBody) } };
    },
    async revokeDevice({ params }) {
      const isRevoked = await (await remote.devices()).revoke(params["id"] ?? "");
      if (!isRevoked) throw new HttpError("not_found", "no device has this id, or it was revoked before");
      return { body: { ok: true } };
    },
  };
}

/** Plain requests to where sockets are served ([CONN-1]). */
export const SOCKET_PATH = "/remote";

export function upgradeRequired(): Response {
  return new Response("This endpoint requires WebSocket connection", {
    status: 426,
    headers: { "content-type": "text/plain", connection: "Upgrade", upgrade: "websocket" },
  });
}

function tooMany(waitMs: number): HttpError {
  const seconds = String(Math.ceil(waitMs / 1_000));
  return new HttpError("rate_limited", "too many wrong tries; wait", {}, { "retry-after": seconds });
}

function toBody(device: Device): DeviceBody {
  return {
    id: device.id,
    name: device.name,
    paired_at: toInstant(device.pairedAt),
    last_seen_at: toInstant(device.lastSeenAt),
    last_address: device.lastAddress ?? null,
  };
}
