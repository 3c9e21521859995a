import type { ReactNode } from "react";
import classes from "./banner.module.css";

/** One line below the header, and what can be done about it. */
export function Banner({ action, children }: { action: ReactNode; children: ReactNode }) {
  return (
    <div className={classes["banner"]}>
      <p>{children}</p>
      {action}
    </div>
  );
}
