/**
 * The web app on this machine, signed in: a code of one use for the sessions and the operator's token for the mesh, both in the
 * fragment of a link, which no browser sends anywhere. On the screen for a phone only the code is shown: it is void soon, the
 * token never.
 */
import type { CommandContext } from "../harness/context.ts";
import { readAdminToken } from "../server/admin-access.ts";
import { createPairCode } from "./devices.ts";
import { openInBrowser } from "./open-in-browser.ts";
import { givenOrigin, isLoopback, pairDevice } from "./pair-device.ts";

export interface DashboardPayload {
  readonly opened: boolean;
  /** Null when a browser has it. */
  readonly link: string | null;
  readonly expires_at: string;
  readonly loopback_only: boolean;
}

/** Errors: those of the REST interface, `bad_request`, `filesystem`. */
export async function openDashboard(
  context: CommandContext,
  { print, qr, url }: { readonly print: boolean; readonly qr: boolean; readonly url: string | undefined },
): Promise<DashboardPayload> {
  if (qr) {
    const { link, expires_at: expiresAt, loopback_only: isLoopbackOnly } = await pairDevice(context, { url });
    return { opened: false, link, expires_at: expiresAt, loopback_only: isLoopbackOnly };
  }
  const given = givenOrigin(context, url);
  const { code, expires_at: expiresAt, origin } = await createPairCode(context);
  const address = given ?? origin;
  // There is one, or the code could not have been made.
  const token = (await readAdminToken(context)) ?? "";
  const link = `${address}/pair#code=${code}&token=${encodeURIComponent(token)}`;
  const opened = !print && (await openInBrowser(context, link));
  return { opened, link: opened ? null : link, expires_at: expiresAt, loopback_only: isLoopback(address) };
}
