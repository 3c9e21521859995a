import type { ReactNode } from "react";
import classes from "./badge.module.css";

export type Tone = "good" | "warn" | "bad" | "accent" | undefined;

export function Badge({ tone, children }: { tone?: Tone; children: ReactNode }) {
  return <span className={[classes["badge"], tone === undefined ? "" : classes[tone]].join(" ")}>{children}</span>;
}
