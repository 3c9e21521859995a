import { useState } from "react";
import { Button } from "./button.tsx";

/** Copies a text; says so, or that this browser does not let it. */
export function CopyButton({ text, label, sign }: { text: string; label: string; sign: string }) {
  const [result, setResult] = useState<"copied" | "refused">();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setResult("copied");
    } catch {
      // Without HTTPS a page has no clipboard.
      setResult("refused");
    }
  };
  return (
    <>
      <Button look="quiet" aria-label={label} onClick={() => void copy()} onBlur={() => setResult(undefined)}>
        {result === "copied" ? "Copied" : sign}
      </Button>
      <span role="status" className={result === "refused" ? undefined : "visually-hidden"}>
        {result === undefined ? "" : result === "copied" ? "Copied." : "This browser lets only HTTPS pages copy."}
      </span>
    </>
  );
}
