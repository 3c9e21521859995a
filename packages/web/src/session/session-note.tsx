import type { ReactNode } from "react";
import { Icon } from "../design/icon.tsx";
import { Button } from "../design/button.tsx";
import classes from "./session-header.module.css";

/** One line under the head of a session: something that happened or goes on. */
export function SessionNote(props: { tone?: "warn" | "bad" | undefined; onDismiss?: () => void; children: ReactNode }) {
  const { tone, onDismiss, children } = props;
  const names = [classes["note"], tone === undefined ? undefined : classes[tone]];
  return (
    <div className={names.filter((name) => name !== undefined).join(" ")} role={tone === "bad" ? "alert" : "status"}>
      <p>{children}</p>
      {onDismiss === undefined ? null : (
        <Button look="quiet" aria-label="Dismiss" onClick={onDismiss}>
          <Icon name="close" />
        </Button>
      )}
    </div>
  );
}
