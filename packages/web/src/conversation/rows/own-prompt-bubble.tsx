import { useState } from "react";
import { RemoteRequestError } from "@parlatory/client";
import { SmallButton } from "../fold/small-button.tsx";
import { useConversationActions } from "./conversation-actions.ts";
import { PromptText } from "./prompt-bubble.tsx";
import type { OwnPromptState, OwnRow } from "./tail-row.ts";
import classes from "./rows.module.css";

/** A prompt of this browser that the log does not show yet ([CLIENT-8]). */
export function OwnPromptBubble({ row }: { row: OwnRow }) {
  const { takeBack } = useConversationActions();
  const [problem, setProblem] = useState<string>();
  const { promptId, text } = row.prompt;
  const isOnItsWay = row.state.name === "sent" || row.state.name === "running";
  const take = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await takeBack(promptId);
    } catch (error) {
      if (!(error instanceof RemoteRequestError)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <div className={`${classes["prompt"]} ${classes["own"]}`}>
      <PromptText id={row.key} text={text} />
      <p className={classes["state"]}>
        <span>{describe(row.state)}</span>
        {isOnItsWay ? null : <SmallButton onClick={() => void take()}>Take back</SmallButton>}
      </p>
      {problem === undefined ? null : (
        <p className={classes["problem"]} role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

export function describe(state: OwnPromptState): string {
  switch (state.name) {
    case "offline":
      return "Kept here; sent when there is a connection";
    case "waiting":
      return "Waiting to be sent";
    case "sent":
      return "Sent …";
    case "running":
      return "Handed to the agent …";
    case "queued":
      return state.position === undefined ? "Queued" : `Queued, number ${state.position}`;
  }
}
