import { useEffect, useState } from "react";
import { SmallButton } from "./small-button.tsx";

const SHOWN_MS = 2_000;

/** Puts a text where it can be pasted from, and says whether that worked. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<"copied" | "failed">();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      // The browser allows it on secure pages only.
      setOutcome("failed");
    }
  };
  return (
    <SmallButton onClick={() => void copy()} aria-label={label}>
      <span aria-live="polite">{outcome === "copied" ? "Copied" : outcome === "failed" ? "Not allowed" : "Copy"}</span>
    </SmallButton>
  );
}
