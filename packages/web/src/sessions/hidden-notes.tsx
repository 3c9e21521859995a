import { Button } from "../design/button.tsx";
import type { KnownSession } from "./known-session.ts";
import type { HiddenSessions } from "./use-hidden-sessions.ts";
import classes from "./hidden-notes.module.css";
import { Icon } from "../design/icon.tsx";

/** What was just hidden, with the way back. */
export function HiddenNotes({ hiding }: { hiding: HiddenSessions }) {
  const { last, problem } = hiding;
  return (
    <div className={classes["notes"]} role="status">
      {last === undefined ? null : (
        <p className={classes["note"]}>
          <span className={classes["text"]}>Hidden: {last.name}</span>
          <Button onClick={() => hiding.show(last)}>Undo</Button>
          <Button look="quiet" aria-label="Dismiss" onClick={hiding.dismiss}>
            <Icon name="close" />
          </Button>
        </p>
      )}
      {problem === undefined ? null : (
        <p className={`${classes["note"]} ${classes["problem"]}`}>
          <span className={classes["text"]}>{problem}</span>
          <Button look="quiet" aria-label="Dismiss" onClick={hiding.dismiss}>
            <Icon name="close" />
          </Button>
        </p>
      )}
    </div>
  );
}

/** Everything that was hidden in this browser and is still not shown. */
export function HiddenList({ hiding, shown }: { hiding: HiddenSessions; shown: readonly KnownSession[] }) {
  const ids = new Set(shown.map(({ sessionId }) => sessionId));
  const hidden = hiding.hidden.filter(({ sessionId }) => !ids.has(sessionId));
  if (hidden.length === 0) return null;
  return (
    <details className={classes["list"]}>
      <summary>Hidden on this device ({hidden.length})</summary>
      <ul>
        {hidden.map((session) => (
          <li key={session.sessionId} className={classes["note"]}>
            <span className={classes["text"]}>{session.name}</span>
            <Button onClick={() => hiding.show(session)} aria-label={`Show ${session.name} again`}>
              Show again
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
