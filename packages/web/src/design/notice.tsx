import type { ReactNode } from "react";
import classes from "./notice.module.css";

/** In place of content: nothing there yet, being fetched, failed, or something to know. Each looks and reads differently. */
export function Notice(props: { tone: "empty" | "loading" | "bad" | "warn"; title: string; children?: ReactNode }) {
  const { tone, title, children } = props;
  const names = [classes["notice"], classes[tone]].filter((name) => name !== undefined).join(" ");
  return (
    <div className={names} role={tone === "bad" ? "alert" : "status"} aria-busy={tone === "loading"}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
