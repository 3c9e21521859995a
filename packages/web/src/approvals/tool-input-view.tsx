import { lazy, Suspense } from "react";
import { readToolInput, type ToolField } from "./tool-input.ts";
import classes from "./tool-input-view.module.css";

const TextChange = lazy(async () => ({ default: (await import("./text-change.tsx")).TextChange }));

/** What a tool is to do, so that one can decide: commands as typed, edits as changes, everything else in full. */
export function ToolInputView({ input }: { input: unknown }) {
  const read = readToolInput(input);
  switch (read.kind) {
    case "command":
      return (
        <div className={classes["input"]}>
          <pre className={classes["text"]}>{read.command}</pre>
          <Fields fields={read.rest} />
        </div>
      );
    case "edit":
      return (
        <div className={classes["input"]}>
          <p className={classes["path"]}>{read.path}</p>
          {read.edits.map(({ before, after }, index) => (
            <Suspense key={index} fallback={<pre className={classes["text"]}>{after}</pre>}>
              <TextChange before={before} after={after} />
            </Suspense>
          ))}
          <Fields fields={read.rest} />
        </div>
      );
    case "write":
      return (
        <div className={classes["input"]}>
          <p className={classes["path"]}>{read.path}</p>
          <pre className={classes["text"]}>{read.content === "" ? "(an empty file)" : read.content}</pre>
          <Fields fields={read.rest} />
        </div>
      );
    case "fields":
      return <Fields fields={read.rest} />;
    case "json":
      return <pre className={classes["text"]}>{read.json}</pre>;
  }
}

function Fields({ fields }: { fields: readonly ToolField[] }) {
  if (fields.length === 0) return null;
  return (
    <dl className={classes["fields"]}>
      {fields.map(({ name, text }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}
