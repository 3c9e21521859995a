import { useEffect, useReducer } from "react";
import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import type { ToolStep } from "../timeline/timeline-row.ts";
import { toolFacts } from "../tools/tool-facts.ts";
import { workingText } from "./working-text.ts";
import classes from "./working-line.module.css";

/** What the agent is doing now, under the conversation, for as long as it does. */
export function WorkingLine(props: {
  session: RemoteSessionDetail;
  /** When what it works on was asked, in milliseconds since the epoch. */
  since: number | undefined;
  call: ToolStep | undefined;
}) {
  const { session, since, call } = props;
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, []);
  const { what, isWaiting } = workingText(session, since === undefined ? undefined : Date.now() - since);
  const facts = call === undefined ? undefined : toolFacts(call.name, call.input);
  return (
    <p className={isWaiting ? `${classes["line"]} ${classes["waiting"]}` : classes["line"]}>
      <span className={classes["pulse"]} aria-hidden="true" />
      <span className={classes["what"]}>{what}</span>
      {facts === undefined ? null : (
        <span className={classes["call"]}>
          <b>{facts.label}</b> {facts.detail}
        </span>
      )}
    </p>
  );
}
