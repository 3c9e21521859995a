import { useMemo } from "react";
import { useAppWorker } from "../offline/app-worker-context.ts";
import { PushDevice } from "./push-device.ts";

export function usePushDevice(): PushDevice {
  const worker = useAppWorker();
  return useMemo(
    () =>
      new PushDevice({
        isSecure: isSecureContext,
        isApple: /\b(?:iPhone|iPad)\b/.test(navigator.userAgent) || isTabletMac(),
        registration: () => worker.registration(),
        notifications: "Notification" in window ? Notification : undefined,
      }),
    [worker],
  );
}

function isTabletMac(): boolean {
  return navigator.userAgent.includes("Macintosh") && navigator.maxTouchPoints > 1;
}
