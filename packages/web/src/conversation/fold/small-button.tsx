import type { ComponentProps } from "react";
import { useRowTab } from "../rows/row-context.ts";
import classes from "./small-button.module.css";

/** A button among text: small to see, large enough to hit. */
export function SmallButton({ className, ...rest }: ComponentProps<"button">) {
  const tab = useRowTab();
  return <button type="button" tabIndex={tab} className={`${classes["button"]} ${className ?? ""}`} {...rest} />;
}
