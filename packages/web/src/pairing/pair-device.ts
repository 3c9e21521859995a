import { HttpUnreachableError, type HttpPort } from "@parlatory/client";

export type PairOutcome =
  | { readonly kind: "paired"; readonly apiKey: string; readonly deviceName: string }
  /** Wrong, used or expired; the server does not tell which. */
  | { readonly kind: "invalid" }
  /** Too many wrong tries came. */
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "unreachable" }
  | { readonly kind: "failed"; readonly message: string };

const defaultWaitSeconds = 60;

/** Gives a one-time code for a key of this device ([AUTH-6]). */
export async function pairDevice(
  http: HttpPort,
  origin: string,
  request: { readonly code: string; readonly deviceName: string },
): Promise<PairOutcome> {
  try {
    const { status, headers, body } = await http({
      method: "POST",
      url: `${origin}/remote/pair`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: request.code, device_name: request.deviceName }),
    });
    if (status === 200) return readKey(body, request.deviceName);
    if (status === 429) return { kind: "wait", seconds: Number(headers["retry-after"]) || defaultWaitSeconds };
    if (status === 403 && isInvalidCode(body)) return { kind: "invalid" };
    const why = status === 503 ? "The server cannot reach its database." : `The server answered ${status}.`;
    return { kind: "failed", message: `${why} Try again in a moment.` };
  } catch (error) {
    if (error instanceof HttpUnreachableError) return { kind: "unreachable" };
    throw error;
  }
}

function readKey(body: string, wanted: string): PairOutcome {
  const { api_key: apiKey, device_name: deviceName } = readObject(body);
  if (typeof apiKey !== "string") return { kind: "failed", message: "The server's answer holds no key." };
  return { kind: "paired", apiKey, deviceName: typeof deviceName === "string" ? deviceName : wanted };
}

/** Another 403 is of the listener, which does not know this address ([AUTH-10]). */
function isInvalidCode(body: string): boolean {
  const { error } = readObject(body);
  return typeof error === "object" && error !== null && "code" in error && error.code === "pair_code_invalid";
}

function readObject(body: string): Record<string, unknown> {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
