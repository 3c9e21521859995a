import type { HistorySnapshot, SessionView } from "@parlatory/client";
import { createContext, use } from "react";

/** Where the histories of sessions are kept between visits, so that they can be read without a connection. */
export interface HistoryKeeper {
  /** What was kept of a session; undefined when nothing was, or it cannot be read. Never rejects. */
  load(sessionId: string): Promise<HistorySnapshot | undefined>;
  /** Takes what is known now, when it suits; called again and again while a session is followed. Never throws. */
  save(view: SessionView): void;
}

const keepsNothing: HistoryKeeper = { load: () => Promise.resolve(undefined), save: () => undefined };

/** Without a provider nothing is kept. */
export const HistoryKeeperContext = createContext<HistoryKeeper>(keepsNothing);

export function useHistoryKeeper(): HistoryKeeper {
  return use(HistoryKeeperContext);
}
