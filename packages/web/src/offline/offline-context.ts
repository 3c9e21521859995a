import { createContext, use, useSyncExternalStore } from "react";
import type { OfflineData } from "./offline-data.ts";

export const OfflineContext = createContext<OfflineData | undefined>(undefined);

export function useOffline(): OfflineData {
  const data = use(OfflineContext);
  if (data === undefined) throw new Error("what this browser keeps was asked for outside of the app");
  return data;
}

/** This browser keeps nothing: a private window, or its storage is full or broken. */
export function useKeepsNothing(): boolean {
  const { database } = useOffline();
  return useSyncExternalStore(
    (listener) => database.subscribe(listener),
    () => database.state === "absent",
  );
}
