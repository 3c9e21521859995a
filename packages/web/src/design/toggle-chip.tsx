import type { ReactNode } from "react";
import classes from "./toggle-chip.module.css";

/** One of a few filters that is on or off. */
export function ToggleChip(props: { isOn: boolean; onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={classes["chip"]} aria-pressed={props.isOn} onClick={props.onClick}>
      {props.children}
    </button>
  );
}
