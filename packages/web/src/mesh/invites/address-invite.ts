/** An invite link that came in the fragment of the page's address, as `parl invite create` prints it ([DASH-6]). */

let invite: string | undefined;

/** Takes it out of the address, where nobody should read it over a shoulder; kept in memory only, because it is a secret. */
export function takeInviteFromAddress(
  location: Pick<Location, "hash" | "pathname" | "search">,
  history: History,
): void {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const found = parameters.get("invite");
  if (found === null) return;
  invite = found;
  parameters.delete("invite");
  const rest = parameters.toString();
  history.replaceState(history.state, "", `${location.pathname}${location.search}${rest === "" ? "" : `#${rest}`}`);
}

/** The one that came; from then on whoever took it has it. */
export function takeShownInvite(): string | undefined {
  const taken = invite;
  invite = undefined;
  return taken;
}
