import { useState } from "react";
import { Button } from "../design/button.tsx";
import classes from "./session-header.module.css";

/** Something to be used elsewhere: with a button where the browser lets the page copy, else to be selected as a whole. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const [isCopied, setCopied] = useState(false);
  const canCopy = "clipboard" in navigator;
  return (
    <div className={classes["copy"]}>
      <code className={classes["whole"]}>{text}</code>
      {canCopy ? (
        <Button
          look="quiet"
          aria-label={isCopied ? `${label} copied` : `Copy ${label}`}
          onClick={() =>
            void navigator.clipboard.writeText(text).then(
              () => setCopied(true),
              () => setCopied(false),
            )
          }
        >
          {isCopied ? "Copied" : "Copy"}
        </Button>
      ) : null}
    </div>
  );
}
