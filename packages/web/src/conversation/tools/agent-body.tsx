import { FoldedText } from "../fold/folded-text.tsx";
import { textField } from "./tool-facts.ts";
import classes from "./tools.module.css";

/** What a sub-agent was asked; its answer is the result. */
export function AgentBody({ fields, id }: { fields: Readonly<Record<string, unknown>>; id: string }) {
  return (
    <FoldedText id={`${id}/prompt`} text={textField(fields, "prompt")} lines={8}>
      {(shown) => <p className={classes["asked"]}>{shown}</p>}
    </FoldedText>
  );
}
