import { useId, type ReactNode } from "react";
import classes from "./settings.module.css";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes["section"]} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div className={classes["content"]}>{children}</div>
    </section>
  );
}
