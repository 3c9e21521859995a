import type { ReactNode } from "react";
import classes from "./sign-in.module.css";

/** The page of somebody who is not in yet: no navigation, one thing to do. */
export function SignInFrame(props: { title: string; lead?: ReactNode; children: ReactNode }) {
  const { title, lead, children } = props;
  return (
    <main className={classes["page"]}>
      <div className={classes["head"]}>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>{title}</h1>
        {lead === undefined ? null : <p className={classes["soft"]}>{lead}</p>}
      </div>
      {children}
    </main>
  );
}
