import { renderUnicodeCompact } from "uqr";
import type { Style } from "../output/style.ts";
import type { DashboardPayload } from "./open-dashboard.ts";
import { loopbackNote } from "./render-pairing.ts";

/** That a browser was started, or what to open where none was; `asPicture` for a phone's camera. */
export function renderDashboard(
  { link, expires_at: expiresAt, loopback_only: isLoopback }: DashboardPayload,
  asPicture: boolean,
  style: Style,
): string[] {
  if (link === null) {
    return [
      "The web app opens in your browser, signed in.",
      "If it does not, `parl dashboard --print` prints the link.",
    ];
  }
  const note = `For one browser, once, until ${expiresAt}.`;
  if (!asPicture) return [link, note];
  return [
    ...renderUnicodeCompact(link, { border: 2 }).split("\n"),
    "",
    `Link: ${link}`,
    note,
    ...(isLoopback ? loopbackNote(style) : []),
  ];
}
