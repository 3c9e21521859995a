import type { ReactNode } from "react";
import classes from "./card.module.css";

/** Things of one kind: side by side where there is room (`grid`), or one below the other. */
export function CardList({ grid, label, children }: { grid?: boolean; label: string; children: ReactNode }) {
  return (
    <ul className={classes[grid === true ? "list" : "rows"]} aria-label={label}>
      {children}
    </ul>
  );
}

export function Card(props: {
  /** By which it is found from elsewhere. */
  id?: string | undefined;
  title: ReactNode;
  badges?: ReactNode;
  isAway?: boolean;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  const { id, title, badges, isAway, actions, children } = props;
  return (
    <li
      id={id}
      tabIndex={id === undefined ? undefined : -1}
      className={[classes["card"], isAway === true ? classes["away"] : ""].join(" ")}
    >
      <div className={classes["head"]}>
        <h2 className={classes["title"]}>{title}</h2>
        {badges}
      </div>
      {children}
      {actions === undefined ? null : <div className={classes["actions"]}>{actions}</div>}
    </li>
  );
}

export function Soft({ children }: { children: ReactNode }) {
  return <p className={classes["soft"]}>{children}</p>;
}

/** Text of somebody else: shown as text, line breaks kept ([DASH-7]). */
export function ForeignText({ children }: { children: string }) {
  return <p className={classes["text"]}>{children}</p>;
}

export function Tags({ children }: { children: ReactNode }) {
  return <div className={classes["tags"]}>{children}</div>;
}
