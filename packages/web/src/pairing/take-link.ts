import { takeTokenFromAddress } from "../mesh/session/token.ts";
import { readCodeOfFragment } from "./pair-code.ts";

/**
 * Takes what must not be read over a shoulder out of the address, before anything else runs: the token of the dashboard,
 * which is remembered for this tab, and the code of a link for pairing, which is given back and kept nowhere.
 */
export function takeLink(location: Location, history: History, storage: Storage): string | undefined {
  const { hash, pathname } = location;
  takeTokenFromAddress(location, history, storage);
  if (hash === "" || !/^\/pair\/?$/.test(pathname)) return undefined;
  history.replaceState(history.state, "", pathname);
  return readCodeOfFragment(hash);
}
