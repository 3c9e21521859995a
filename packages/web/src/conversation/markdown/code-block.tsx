import { FoldedText } from "../fold/folded-text.tsx";
import { SmallCopyButton } from "../fold/small-copy-button.tsx";
import { SmallButton } from "../fold/small-button.tsx";
import { useFold } from "../fold/fold-state.ts";
import { useHighlight } from "./use-highlight.ts";
import classes from "./code-block.module.css";

const SHOWN_LINES = 30;

export function CodeBlock({ code, language, id }: { code: string; language: string; id: string }) {
  const [isWrapped, toggleWrap] = useFold(`${id}/wrap`);
  return (
    <div className={classes["block"]}>
      <div className={classes["head"]}>
        <span className={classes["language"]}>{language === "" ? "text" : language}</span>
        <SmallButton onClick={toggleWrap} aria-pressed={isWrapped} aria-label="Wrap long lines">
          Wrap
        </SmallButton>
        <SmallCopyButton text={code} label="Copy the code" />
      </div>
      <FoldedText id={id} text={code} lines={SHOWN_LINES}>
        {(shown) => (
          // What scrolls sideways must be reachable without a mouse.
          <pre className={isWrapped ? classes["wrapped"] : classes["code"]} tabIndex={isWrapped ? undefined : 0}>
            <Code code={shown} language={language} />
          </pre>
        )}
      </FoldedText>
    </div>
  );
}

function Code({ code, language }: { code: string; language: string }) {
  const spans = useHighlight(code, language);
  if (spans === undefined) return <code>{code}</code>;
  return (
    <code>
      {spans.map(({ text, sort }, index) => (
        <span key={index} className={sort === undefined ? undefined : classes[sort]}>
          {text}
        </span>
      ))}
    </code>
  );
}
