import { useEffect, useState } from "react";

export type CopyOutcome = "copied" | "refused";

/** A refusal has to be read. */
const shownMs: Readonly<Record<CopyOutcome, number>> = { copied: 2_000, refused: 8_000 };

/** Puts a text where it can be pasted from; `outcome` says for a while what became of it. */
export function useCopy(text: string): { readonly outcome: CopyOutcome | undefined; readonly copy: () => void } {
  const [outcome, setOutcome] = useState<CopyOutcome>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), shownMs[outcome]);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      // Without HTTPS a page has no clipboard.
      setOutcome("refused");
    }
  };
  return { outcome, copy: () => void copy() };
}
