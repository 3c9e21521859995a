import type { PermissionRequest } from "@parlatory/client";
import { useState, type ReactNode } from "react";
import { Button } from "../design/button.tsx";
import { Menu, MenuItem } from "../design/menu.tsx";
import { TimeLeft } from "../design/time-left.tsx";
import { DenyMessage } from "./deny-message.tsx";
import { EditInput } from "./edit-input.tsx";
import { ToolInputView } from "./tool-input-view.tsx";
import { useAnswer } from "./use-answer.ts";
import { useWholeInput } from "./use-whole-input.ts";
import classes from "./permission-card.module.css";
import { Icon } from "../design/icon.tsx";

/** A question of an agent: what it wants to do, and the answers. `isCompact`: little room, the rare answers in a menu. */
export function PermissionCard(props: {
  request: PermissionRequest;
  /** Whose question it is, where that is not plain. */
  session?: ReactNode;
  /** Taps count; false for a moment after cards have moved. */
  isSettled: boolean;
  isCompact?: boolean;
}) {
  const { request, session, isSettled, isCompact = false } = props;
  const { answer, isSending, problem } = useAnswer(request.request_id);
  const whole = useWholeInput(request);
  const [more, setMore] = useState<"deny" | "edit">();
  const isOff = !isSettled || isSending;
  const { tool_name: tool } = request;
  return (
    <article
      className={isCompact ? `${classes["card"]} ${classes["compact"]}` : classes["card"]}
      aria-label={`Question: ${request.summary}`}
    >
      <header className={classes["head"]}>
        <h2 className={classes["tool"]}>{tool}</h2>
        {session}
        <span className={classes["left"]}>
          <TimeLeft until={request.expires_at} />
        </span>
      </header>
      <div className={classes["body"]}>
        <ToolInputView input={whole.input} />
        {whole.isWhole ? null : (
          <p className={classes["cut"]} role="status">
            {whole.error === undefined ? "Parts are left out. Loading the whole …" : "Parts are left out. "}
            {whole.error === undefined ? null : <Button onClick={whole.retry}>Load the whole</Button>}
          </p>
        )}
      </div>
      {more === "deny" ? (
        <DenyMessage
          isOff={isOff}
          onDeny={(message) => answer({ decision: "deny", message })}
          onCancel={() => setMore(undefined)}
        />
      ) : more === "edit" ? (
        <EditInput
          input={whole.input}
          isOff={isOff || !whole.isWhole}
          onAllow={(updatedInput) => answer({ decision: "allow", updatedInput })}
          onCancel={() => setMore(undefined)}
        />
      ) : (
        <div className={isCompact ? classes["answers"] : `${classes["answers"]} ${classes["four"]}`}>
          <Menu label={`More answers to ${request.summary}`} sign={<Icon name="menu" />}>
            {isCompact ? (
              <MenuItem onClick={() => answer({ decision: "allow", scope: "session" })}>
                Allow {tool} for the session
              </MenuItem>
            ) : null}
            <MenuItem onClick={() => setMore("deny")}>Deny with a message …</MenuItem>
            <MenuItem onClick={() => setMore("edit")}>Edit, then allow …</MenuItem>
          </Menu>
          <Button disabled={isOff} onClick={() => answer({ decision: "deny" })}>
            Deny
          </Button>
          {isCompact ? null : (
            <Button disabled={isOff} onClick={() => answer({ decision: "allow", scope: "session" })}>
              Allow for session
            </Button>
          )}
          <Button look="primary" disabled={isOff} onClick={() => answer({ decision: "allow" })}>
            {isCompact ? "Allow" : "Allow once"}
          </Button>
        </div>
      )}
      {problem === undefined ? null : (
        <p className={classes["problem"]} role="alert">
          {problem}
        </p>
      )}
    </article>
  );
}
