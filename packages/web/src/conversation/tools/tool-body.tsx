import type { ToolStep } from "../timeline/timeline-row.ts";
import { AgentBody } from "./agent-body.tsx";
import { CommandBody } from "./command-body.tsx";
import { EditBody } from "./edit-body.tsx";
import { FieldsBody } from "./fields-body.tsx";
import { Output } from "./output.tsx";
import { PlanBody } from "./plan-body.tsx";
import { fieldsOf, type ToolSort } from "./tool-facts.ts";
import classes from "./tools.module.css";

/** A tool's call and what came of it, in the form that suits the tool. */
export function ToolBody({ step, sort, isPending }: { step: ToolStep; sort: ToolSort; isPending: boolean }) {
  return (
    <>
      <Call step={step} sort={sort} />
      {step.result === undefined ? (
        <p className={classes["soft"]}>{isPending ? "At work …" : "There is no result in the log."}</p>
      ) : (
        <Result step={step} sort={sort} />
      )}
    </>
  );
}

function Call({ step, sort }: { step: ToolStep; sort: ToolSort }) {
  // What the agent sent may be anything, also under a name that is known.
  const fields = fieldsOf(step.input);
  if (step.name === undefined) return null;
  if (sort === "command" && typeof fields["command"] === "string") return <CommandBody fields={fields} />;
  if (sort === "edit" || sort === "write") return <EditBody step={step} />;
  if (sort === "plan" && Array.isArray(fields["todos"])) return <PlanBody todos={fields["todos"]} />;
  if (sort === "agent" && typeof fields["prompt"] === "string") return <AgentBody fields={fields} id={step.key} />;
  // What stands in the line above is not said again.
  if (sort === "read") return <FieldsBody input={step.input} omitted={["file_path", "notebook_path"]} />;
  if (sort === "search") return <FieldsBody input={step.input} omitted={["pattern", "path"]} />;
  return <FieldsBody input={step.input} />;
}

function Result({ step, sort }: { step: ToolStep; sort: ToolSort }) {
  const { result } = step;
  if (result === undefined) return null;
  // What an edit or a plan answers says only that it was done.
  if (!result.isError && (sort === "edit" || sort === "write" || sort === "plan")) return null;
  if (result.text === "") return <p className={classes["soft"]}>Nothing was answered.</p>;
  const isMarkdown = !result.isError && (sort === "agent" || sort === "fetch" || sort === "web");
  return <Output id={`${step.key}/out`} text={result.text} isError={result.isError} isMarkdown={isMarkdown} />;
}
