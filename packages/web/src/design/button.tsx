import type { ComponentProps } from "react";
import classes from "./button.module.css";

export interface ButtonProps extends ComponentProps<"button"> {
  /** `danger` takes something away; `quiet` stands among others. */
  look?: "primary" | "danger" | "quiet" | undefined;
}

export function Button({ look, className, type = "button", ...rest }: ButtonProps) {
  const names = [classes["button"], look === undefined ? undefined : classes[look], className];
  return <button type={type} className={names.filter((name) => name !== undefined).join(" ")} {...rest} />;
}
