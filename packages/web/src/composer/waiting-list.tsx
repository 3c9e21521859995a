import { useState } from "react";
import { Button } from "../design/button.tsx";
import type { WaitingPrompt } from "./list-waiting-prompts.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";
import { useWaitingPrompts } from "./use-waiting-prompts.ts";
import classes from "./composer.module.css";

/** Prompts of this device that have not begun: each can be changed or taken back. */
export function WaitingList({ sessionId, queuedCount }: { sessionId: string; queuedCount: number }) {
  const waiting = useWaitingPrompts(sessionId, queuedCount);
  const others = queuedCount - waiting.filter(({ where }) => where === "queued").length;
  if (waiting.length === 0 && others <= 0) return null;
  return (
    <div className={classes["waiting"]}>
      {waiting.length === 0 ? null : (
        <ol aria-label="Waiting prompts">
          {waiting.map((entry) => (
            <WaitingRow key={entry.prompt.promptId} entry={entry} />
          ))}
        </ol>
      )}
      {others <= 0 ? null : <p className={classes["soft"]}>{others} queued from other devices</p>}
    </div>
  );
}

function WaitingRow({ entry: { prompt, where, position } }: { entry: WaitingPrompt }) {
  const desk = usePromptDesk();
  const [isUnderWay, setUnderWay] = useState(false);
  const [problem, setProblem] = useState<string>();
  const run = (act: Promise<void>): void => {
    setUnderWay(true);
    setProblem(undefined);
    act
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => setUnderWay(false));
  };
  const files = prompt.message.attachments?.length ?? 0;
  const text = String(prompt.message.text).trim();
  return (
    <li className={classes["row"]}>
      <span className={classes["place"]}>{describePlace(where, position)}</span>
      <span className={classes["rowText"]} title={text}>
        {text === "" ? `${files} attached` : text}
      </span>
      <Button look="quiet" disabled={isUnderWay} onClick={() => run(desk.takeBack(prompt))}>
        Edit
      </Button>
      <Button look="quiet" disabled={isUnderWay} onClick={() => run(desk.cancel(prompt.promptId))}>
        Cancel
      </Button>
      {problem === undefined ? null : (
        <span className={classes["problem"]} role="alert">
          {problem}
        </span>
      )}
    </li>
  );
}

function describePlace(where: WaitingPrompt["where"], position: number | undefined): string {
  if (where === "here") return "Not sent yet";
  return position === undefined ? "Queued" : `No. ${position} in queue`;
}
