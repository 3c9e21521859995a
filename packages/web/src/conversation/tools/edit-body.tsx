import type { ToolStep } from "../timeline/timeline-row.ts";
import { SmallButton } from "../fold/small-button.tsx";
import { useFold } from "../fold/fold-state.ts";
import { editsOf } from "./edits-of.ts";
import { FieldsBody } from "./fields-body.tsx";
import type { DiffLine } from "./line-diff.ts";
import classes from "./tools.module.css";

const SHOWN_LINES = 40;
const signs = { same: " ", added: "+", removed: "−", skipped: "⋯" } as const;

export function EditBody({ step }: { step: ToolStep }) {
  const edits = editsOf(step);
  if (edits.length === 0) return <FieldsBody input={step.input} />;
  return (
    <>
      {edits.map((diff, index) => (
        <Diff key={index} lines={diff.lines} id={`${step.key}/edit${index}`} />
      ))}
    </>
  );
}

function Diff({ lines, id }: { lines: readonly DiffLine[]; id: string }) {
  const [isOpen, toggle] = useFold(`${id}/all`);
  const isLong = lines.length > SHOWN_LINES + 5;
  const shown = isLong && !isOpen ? lines.slice(0, SHOWN_LINES) : lines;
  return (
    <div>
      <pre className={classes["diff"]}>
        {shown.map((line, index) => (
          <span key={index} className={classes[line.sort]}>
            <span className={classes["sign"]}>{signs[line.sort]}</span>
            <span>
              {line.parts.map(({ text, isChanged }, part) =>
                isChanged ? <mark key={part}>{text}</mark> : <span key={part}>{text}</span>,
              )}
              {"\n"}
            </span>
          </span>
        ))}
      </pre>
      {isLong ? (
        <SmallButton onClick={toggle} aria-expanded={isOpen}>
          {isOpen ? "Show less" : `Show all ${lines.length} lines`}
        </SmallButton>
      ) : null}
    </div>
  );
}
