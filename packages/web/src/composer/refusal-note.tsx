import { Icon } from "../design/icon.tsx";
import type { Refusal } from "./prompt-desk.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";
import classes from "./composer.module.css";

const holders: Readonly<Record<NonNullable<Refusal["holder"]>, string>> = {
  prompt: "a prompt is running. Choose Queue, Steer or Interrupt",
  compaction: "it is being compacted. Choose Queue",
  recovery: "the server is still ending an earlier run. Choose Queue",
  elsewhere: "another program drives it. Choose Queue, or run it anyway",
};

/** Why the last prompt was not taken; its text stands in the box again. */
export function RefusalNote({ sessionId }: { sessionId: string }) {
  const desk = usePromptDesk();
  const refusal = desk.refusalOf(sessionId);
  if (refusal === undefined) return null;
  return (
    <div className={classes["refusal"]} role="alert">
      <p>
        Not sent, and back in the box: <span>{describe(refusal)}</span>
      </p>
      <button
        type="button"
        className={classes["bare"]}
        aria-label="Dismiss"
        onClick={() => desk.dismissRefusal(sessionId)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

function describe({ code, message, holder }: Refusal): string {
  if (holder !== undefined) return `the session is busy, ${holders[holder]}.`;
  if (code === "queue_full") return `${message}. Cancel a queued prompt, or send this one later.`;
  return message;
}
