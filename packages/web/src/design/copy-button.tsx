import { useState } from "react";
import { Button } from "./button.tsx";

/** Copies a text; says so, or that this browser does not let it. `what`: for a screen reader, as in "path of plan.md". */
export function CopyButton({ text, sign, what }: { text: string; sign: string; what: string }) {
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
      <Button
        look="quiet"
        aria-label={result === "copied" ? undefined : `${sign}: ${what}`}
        onClick={() => void copy()}
        onBlur={() => setResult(undefined)}
      >
        {result === "copied" ? "Copied" : sign}
      </Button>
      <span role="status" className={result === "refused" ? undefined : "visually-hidden"}>
        {result === undefined ? "" : result === "copied" ? "Copied." : "This browser lets only HTTPS pages copy."}
      </span>
    </>
  );
}
