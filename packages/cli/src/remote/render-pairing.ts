import { renderUnicodeCompact } from "uqr";
import type { Style } from "../output/style.ts";
import type { PairPayload } from "./pair-device.ts";

/** The link as a code for a phone's camera, and what to do where there is none. */
export function renderPairing(
  { code, link, expires_at: expiresAt, loopback_only: isLoopback }: PairPayload,
  style: Style,
): string[] {
  return [
    ...renderUnicodeCompact(link, { border: 2 }).split("\n"),
    "",
    `Code: ${style.bold(code)}`,
    `Link: ${link}`,
    `For one device, until ${expiresAt}.`,
    ...(isLoopback ? loopbackNote(style) : []),
  ];
}

/** What to do when a phone cannot come [AUTH-6]. */
export function loopbackNote(style: Style): string[] {
  return [
    style.yellow("Only this machine reaches that address."),
    "For a phone start the server with `parl up --host 0.0.0.0`, or give the address of a tunnel with `--url`.",
  ];
}
