import { useCopy, type CopyOutcome } from "../../design/use-copy.ts";
import { SmallButton } from "./small-button.tsx";

const words: Readonly<Record<CopyOutcome, string>> = { copied: "Copied", refused: "Only over HTTPS" };

/** Copies a text out of the conversation, and says on itself what became of it. */
export function SmallCopyButton({ text, label }: { text: string; label: string }) {
  const { outcome, copy } = useCopy(text);
  return (
    <SmallButton onClick={copy} aria-label={label}>
      <span aria-live="polite">{outcome === undefined ? "Copy" : words[outcome]}</span>
    </SmallButton>
  );
}
