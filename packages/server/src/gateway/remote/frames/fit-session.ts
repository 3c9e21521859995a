import type {
  RemoteServerMessageOf,
  RemoteSessionDetail,
  RemoteSessionEntry,
  RemoteSessionListEntry,
} from "@parlatory/protocol/remote";
import { fitText } from "../../../sessions/history/fit-text.ts";
import { cutStrings, jsonBytes, shrinkToFit } from "./cut-strings.ts";

type AnySession = RemoteSessionEntry | RemoteSessionListEntry | RemoteSessionDetail;

/** Preview and name cut, then tools left out from the end ([RLIM-3]). */
export function fitSession<Session extends AnySession>(session: Session, maxJsonBytes: number): Session {
  const cut = cutStrings(session);
  if (jsonBytes(cut) <= maxJsonBytes) return cut;
  const preview = fitText(cut.preview, maxJsonBytes - jsonBytes({ ...cut, preview: "" }));
  let shown = { ...cut, preview };
  if (jsonBytes(shown) > maxJsonBytes) {
    shown = { ...shown, name: fitText(cut.name, maxJsonBytes - jsonBytes({ ...shown, name: "" })) };
  }
  if (jsonBytes(shown) > maxJsonBytes && "granted_tools" in shown) {
    const tools = fittingCount(shown.granted_tools, maxJsonBytes - jsonBytes({ ...shown, granted_tools: [] }));
    shown = { ...shown, granted_tools: shown.granted_tools.slice(0, tools) };
  }
  return shrinkToFit(shown, maxJsonBytes);
}

/** As few of the oldest as needed are left out; `limit` stays ([RLIM-3]). */
export function fitRecentSessions(
  message: RemoteServerMessageOf<"recent_sessions">,
  budget: number,
): RemoteServerMessageOf<"recent_sessions"> {
  const room = budget - jsonBytes({ ...message, sessions: [] });
  return { ...message, sessions: fitItems(message.sessions, room, fitSession) };
}

/** How many items of a list, from the first, fit into so many bytes between its brackets. */
export function fittingCount(items: readonly unknown[], room: number): number {
  let taken = 0;
  for (const [index, item] of items.entries()) {
    taken += jsonBytes(item) + (index === 0 ? 0 : 1);
    if (taken > room) return index;
  }
  return items.length;
}

/** The first items that fit, at least one: the first is shrunk when it is too large by itself. */
export function fitItems<Item>(
  items: readonly Item[],
  room: number,
  shrink: (item: Item, maxJsonBytes: number) => Item,
): Item[] {
  const count = fittingCount(items, room);
  const [first] = items;
  return count > 0 || first === undefined ? items.slice(0, count) : [shrink(first, room)];
}
