import type { PermissionRequest } from "@parlatory/client";
import { Button } from "../design/button.tsx";
import { useAnswer } from "./use-answer.ts";
import { useSettled } from "./use-settled.ts";
import classes from "./quick-answer.module.css";

/** A question in one line, answered with one tap; where there is room for nothing more. */
export function QuickAnswer({ request }: { request: PermissionRequest }) {
  const { answer, isSending, problem } = useAnswer(request.request_id);
  const canTap = useSettled(request.request_id) && !isSending;
  const { summary } = request;
  return (
    <div className={classes["quick"]} role="group" aria-label={`Question: ${summary}`}>
      <code className={classes["summary"]}>{summary}</code>
      <span className={classes["buttons"]}>
        <Button disabled={!canTap} onClick={() => answer({ decision: "deny" })} aria-label={`Deny ${summary}`}>
          Deny
        </Button>
        <Button
          look="primary"
          disabled={!canTap}
          onClick={() => answer({ decision: "allow" })}
          aria-label={`Allow ${summary}`}
        >
          Allow
        </Button>
      </span>
      {problem === undefined ? null : (
        <p className={classes["problem"]} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
