import { useEffect, useEffectEvent, useState } from "react";
import type { FollowedHistory } from "../follow/followed-history.ts";

/** The message that the address asks for, as in `#seq-118`. */
export function seqInAddress(hash: string): number | undefined {
  const digits = /^#seq-(\d{1,9})$/u.exec(hash)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Goes to the message that the address asks for, loading what is before it; once for each address. */
export function useTargetSeq(
  history: FollowedHistory,
  goTo: (index: number) => void,
): { readonly isSought: boolean; readonly message: string | undefined } {
  const [target, setTarget] = useState(() => seqInAddress(location.hash));
  const [message, setMessage] = useState<string>();
  const { version } = history;
  useEffect(() => {
    const changed = (): void => setTarget(seqInAddress(location.hash));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);

  const seek = useEffectEvent((): void => {
    const { timeline } = history;
    if (target === undefined || timeline.firstSeq === undefined) return;
    const index = timeline.indexOf(target);
    if (index !== -1) {
      setTarget(undefined);
      setMessage(undefined);
      goTo(index);
      return;
    }
    const canLoad = history.hasOlder && !history.isFull && history.olderError === undefined;
    if (target >= timeline.firstSeq || !canLoad) {
      setTarget(undefined);
      setMessage(`Message #${target} is not here.`);
      return;
    }
    setMessage(`Looking for message #${target} …`);
    if (!history.isLoadingOlder) void history.loadOlder();
  });
  useEffect(() => seek(), [target, version]);
  return { isSought: target !== undefined, message };
}
