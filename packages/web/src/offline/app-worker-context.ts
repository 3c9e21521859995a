import { createContext, use, useSyncExternalStore } from "react";
import type { AppWorker, AppWorkerState } from "./app-worker.ts";

export const AppWorkerContext = createContext<AppWorker | undefined>(undefined);

export function useAppWorker(): AppWorker {
  const worker = use(AppWorkerContext);
  if (worker === undefined) throw new Error("the service worker was asked for outside of the app");
  return worker;
}

export function useAppWorkerState(): AppWorkerState {
  const worker = useAppWorker();
  return useSyncExternalStore(
    (listener) => worker.subscribe(listener),
    () => worker.state,
  );
}
