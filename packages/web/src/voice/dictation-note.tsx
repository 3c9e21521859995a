import type { Dictation } from "./use-dictation.ts";
import classes from "./voice.module.css";

/** What was understood and may still change, in another style than the text it will become part of. */
export function DictationNote({ dictation }: { dictation: Dictation }) {
  const { isListening, interim } = dictation;
  if (!isListening) return null;
  return (
    <p className={classes["interim"]}>
      <span role="status">{interim === "" ? "Listening …" : ""}</span>
      {interim}
    </p>
  );
}
