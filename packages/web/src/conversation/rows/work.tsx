import { use } from "react";
import { useFold } from "../fold/fold-state.ts";
import { Markdown } from "../markdown/markdown.tsx";
import type { ThoughtStep, ToolStep, WorkRow, WorkStep } from "../timeline/timeline-row.ts";
import { ToolBody } from "../tools/tool-body.tsx";
import { resultCount, summarize, textOfStep, toolFacts } from "../tools/tool-facts.ts";
import { EditCounts } from "../tools/edit-counts.tsx";
import { RowContext, useRowTab } from "./row-context.ts";
import { CutNote, RowDetails } from "./row-details.tsx";
import classes from "./work.module.css";

/** What the agent did between two texts: one line, which unfolds to one line a step, of which each unfolds. */
export function Work({ row }: { row: WorkRow }) {
  const [only] = row.steps;
  return row.steps.length === 1 && only !== undefined ? <Step step={only} /> : <Steps row={row} />;
}

function Steps({ row }: { row: WorkRow }) {
  const [isOpen, toggle] = useFold(row.key);
  const { isLive } = use(RowContext);
  const tab = useRowTab();
  const isPending = isLive && row.steps.some((step) => step.type === "tool" && step.result === undefined);
  const hasFailed = row.steps.some((step) => step.type === "tool" && step.result?.isError === true);
  return (
    <div>
      <button
        type="button"
        className={classes["line"]}
        onClick={toggle}
        aria-expanded={isOpen}
        tabIndex={tab}
        data-fold
      >
        <Mark isOpen={isOpen} isPending={isPending} hasFailed={hasFailed} />
        <span className={classes["summary"]}>{summarize(row.steps)}</span>
      </button>
      {isOpen ? (
        <ul className={classes["steps"]}>
          {row.steps.map((step) => (
            <li key={step.key}>
              <Step step={step} />
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Step({ step }: { step: WorkStep }) {
  return step.type === "thought" ? <Thought step={step} /> : <Tool step={step} />;
}

function Thought({ step }: { step: ThoughtStep }) {
  const [isOpen, toggle] = useFold(step.key);
  const tab = useRowTab();
  const text = step.text.trim();
  if (text === "") {
    return (
      <p className={classes["line"]}>
        <span className={classes["label"]}>Thought</span>
        <span className={classes["detail"]}>not recorded by the agent</span>
      </p>
    );
  }
  return (
    <div>
      <button
        type="button"
        className={classes["line"]}
        onClick={toggle}
        aria-expanded={isOpen}
        tabIndex={tab}
        data-fold
      >
        <Mark isOpen={isOpen} />
        <span className={classes["label"]}>Thought</span>
        {isOpen ? null : <span className={classes["detail"]}>{text.slice(0, 160)}</span>}
      </button>
      {isOpen ? (
        <div className={`${classes["body"]} ${classes["thought"]}`}>
          <Markdown text={text} id={step.key} />
          {step.isCut ? <CutNote /> : null}
          <RowDetails at={step.at} copied={textOfStep(step)} isInFlow />
        </div>
      ) : null}
    </div>
  );
}

function Tool({ step }: { step: ToolStep }) {
  const [isOpen, toggle] = useFold(step.key);
  const { isLive } = use(RowContext);
  const tab = useRowTab();
  const { sort, label, detail } = toolFacts(step.name, step.input);
  const isPending = isLive && step.result === undefined;
  const hasFailed = step.result?.isError === true;
  const count = resultCount(step);
  return (
    <div>
      <button
        type="button"
        className={classes["line"]}
        onClick={toggle}
        aria-expanded={isOpen}
        tabIndex={tab}
        data-fold
      >
        <Mark isOpen={isOpen} isPending={isPending} hasFailed={hasFailed} />
        <span className={classes["label"]}>{label}</span>
        <span className={isOpen ? classes["whole"] : classes["detail"]}>{firstLine(detail)}</span>
        {sort === "edit" || sort === "write" ? <EditCounts step={step} /> : null}
        {count === undefined ? null : <span className={classes["count"]}>{count}</span>}
        {hasFailed ? <span className={classes["failed"]}>failed</span> : null}
      </button>
      {isOpen ? (
        <div className={classes["body"]}>
          <ToolBody step={step} sort={sort} isPending={isPending} />
          {step.isCut ? <CutNote /> : null}
          <RowDetails at={step.at} copied={textOfStep(step)} isInFlow />
        </div>
      ) : null}
    </div>
  );
}

/** Whether it is unfolded, at work, or failed; the words for it are elsewhere in the line. */
function Mark(props: { isOpen: boolean; isPending?: boolean; hasFailed?: boolean }) {
  const { isOpen, isPending = false, hasFailed = false } = props;
  if (isPending) return <span className={classes["spinner"]} role="img" aria-label="at work" />;
  const names = [classes["mark"], isOpen ? classes["open"] : "", hasFailed ? classes["bad"] : ""];
  return <span className={names.join(" ")} aria-hidden="true" />;
}

function firstLine(text: string): string {
  const end = text.indexOf("\n");
  return (end === -1 ? text : `${text.slice(0, end)} …`).slice(0, 300);
}
