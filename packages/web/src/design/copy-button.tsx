import { Button } from "./button.tsx";
import { useCopy } from "./use-copy.ts";

/** Copies a text; says so, or that this browser does not let it. `what`: for a screen reader, as in "path of plan.md". */
export function CopyButton({ text, sign, what }: { text: string; sign: string; what: string }) {
  const { outcome, copy } = useCopy(text);
  return (
    <>
      <Button look="quiet" aria-label={outcome === "copied" ? undefined : `${sign}: ${what}`} onClick={copy}>
        {outcome === "copied" ? "Copied" : sign}
      </Button>
      <span role="status" className={outcome === "refused" ? undefined : "visually-hidden"}>
        {outcome === undefined ? "" : outcome === "copied" ? "Copied." : "This browser lets only HTTPS pages copy."}
      </span>
    </>
  );
}
