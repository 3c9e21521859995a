import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import { toJson } from "./tool-input.ts";
import classes from "./permission-card.module.css";

type Input = Readonly<Record<string, unknown>>;

/** Allows something a little different from what was asked for ([APPROVE-3]). */
export function EditInput(props: {
  input: unknown;
  isOff: boolean;
  onAllow: (input: Input) => void;
  onCancel: () => void;
}) {
  const [text, setText] = useState(() => toJson(props.input));
  const { input, problem } = parseInput(text);
  return (
    <form
      className={classes["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (input !== undefined) props.onAllow(input);
      }}
    >
      <Field label="Input of the tool" hint="JSON" problem={problem}>
        <textarea
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          spellCheck={false}
          autoCapitalize="off"
        />
      </Field>
      <div className={classes["answers"]}>
        <Button onClick={props.onCancel}>Back</Button>
        <Button type="submit" look="primary" disabled={props.isOff || input === undefined}>
          Allow this
        </Button>
      </div>
    </form>
  );
}

function parseInput(text: string): { input?: Input; problem?: string } {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return { input: { ...read } };
    return { problem: "An object in braces is needed" };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
