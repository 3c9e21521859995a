import { textField } from "./tool-facts.ts";
import classes from "./tools.module.css";

export function CommandBody({ fields }: { fields: Readonly<Record<string, unknown>> }) {
  const description = textField(fields, "description");
  return (
    <>
      {description === "" ? null : <p className={classes["soft"]}>{description}</p>}
      <pre className={classes["command"]}>{textField(fields, "command")}</pre>
    </>
  );
}
