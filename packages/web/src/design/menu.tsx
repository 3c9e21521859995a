import { Menu as Base } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import classes from "./menu.module.css";

/** What else can be done with a thing, behind one button. */
export function Menu(props: {
  /** Name of the button, as in "Actions for Fix the cart total". */
  label: string;
  /** What the button shows. */
  sign: ReactNode;
  onOpenChange?: ((isOpen: boolean) => void) | undefined;
  children: ReactNode;
}) {
  const { label, sign, onOpenChange, children } = props;
  return (
    <Base.Root modal={false} onOpenChange={(isOpen) => onOpenChange?.(isOpen)}>
      <Base.Trigger render={<Button look="quiet" />} aria-label={label}>
        {sign}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={classes["positioner"]} align="end" sideOffset={4} collisionPadding={8}>
          <Base.Popup className={classes["popup"]}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem(props: { onClick: () => void; look?: "danger" | undefined; children: ReactNode }) {
  const { onClick, look, children } = props;
  const names = [classes["item"], look === undefined ? undefined : classes[look]];
  return (
    <Base.Item className={names.filter((name) => name !== undefined).join(" ")} onClick={onClick}>
      <span className={classes["label"]}>{children}</span>
    </Base.Item>
  );
}
