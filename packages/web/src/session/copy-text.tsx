import { CopyButton } from "../design/copy-button.tsx";
import classes from "./session-header.module.css";

/** Something to be used elsewhere, whole, with a button that copies it. */
export function CopyText({ label, text }: { label: string; text: string }) {
  return (
    <div className={classes["copy"]}>
      <code className={classes["whole"]}>{text}</code>
      <CopyButton text={text} sign="Copy" what={label} />
    </div>
  );
}
