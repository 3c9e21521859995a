import { Button } from "../../design/button.tsx";
import { Notice } from "../../design/notice.tsx";
import type { StartProblem } from "./start-problem.ts";
import classes from "./start-trouble.module.css";

/** What no field can say: a failure of its own, what the program said, a name that would do. */
export function StartTrouble({ problem, take }: { problem: StartProblem; take: (name: string) => void }) {
  const { field, message, suggestion, output, isKept } = problem;
  if (field !== undefined && suggestion === undefined && output === undefined && isKept !== true) return null;
  return (
    <Notice tone="bad" title={field === undefined ? "The session was not started" : message}>
      {field === undefined ? <p>{message}</p> : null}
      {isKept === true ? (
        <p>The worktree holds changes and was left where it is. Look at it before you try again under that name.</p>
      ) : null}
      {output === undefined ? null : <pre className={classes["output"]}>{output}</pre>}
      {suggestion === undefined ? null : (
        <Button onClick={() => take(suggestion)}>
          Use the name <code>{suggestion}</code>
        </Button>
      )}
    </Notice>
  );
}
