import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import classes from "./permission-card.module.css";

/** Denies with a word to the agent ([APPROVE-3]). */
export function DenyMessage(props: { isOff: boolean; onDeny: (message: string) => void; onCancel: () => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        props.onDeny(text.trim());
      }}
    >
      <Field label="Message to the agent">
        <input autoFocus value={text} onChange={(event) => setText(event.target.value)} enterKeyHint="send" />
      </Field>
      <div className={classes["answers"]}>
        <Button onClick={props.onCancel}>Back</Button>
        <Button type="submit" look="danger" disabled={props.isOff || text.trim() === ""}>
          Deny with this message
        </Button>
      </div>
    </form>
  );
}
