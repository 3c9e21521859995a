import { useEffect } from "react";
import { useLocation } from "wouter";
import { useRemoteEvent } from "../remote/use-remote-event.ts";
import { useAppWorker } from "./app-worker-context.ts";

/** Goes where a tapped notification leads; and asks for a newer app when the server may have become another. */
export function useNotifiedPlace(): void {
  const worker = useAppWorker();
  const [, navigate] = useLocation();
  useEffect(() => worker.onPlace((path) => navigate(path)), [worker, navigate]);
  useRemoteEvent("ready", () => worker.lookForUpdate());
}
