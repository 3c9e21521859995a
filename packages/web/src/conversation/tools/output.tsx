import { FoldedText } from "../fold/folded-text.tsx";
import { SmallCopyButton } from "../fold/small-copy-button.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { plainOutput } from "./plain-output.ts";
import classes from "./tools.module.css";

const SHOWN_LINES = 12;

/** What a tool answered; its first lines, until somebody wants all of it. */
export function Output(props: { id: string; text: string; isError: boolean; isMarkdown?: boolean }) {
  const { id, isError, isMarkdown = false } = props;
  const text = plainOutput(props.text);
  return (
    <div className={isError ? classes["error"] : classes["output"]}>
      <div className={classes["head"]}>
        <span>{isError ? "Error" : "Result"}</span>
        <SmallCopyButton text={text} label="Copy the result" />
      </div>
      <FoldedText id={id} text={text} lines={SHOWN_LINES}>
        {(shown) => (isMarkdown ? <Markdown text={shown} id={id} /> : <pre className={classes["plain"]}>{shown}</pre>)}
      </FoldedText>
    </div>
  );
}
