import { Menu as Base } from "@base-ui/react/menu";
import { Button } from "./button.tsx";
import { MenuEntryContext, type MenuEntryProps, type MenuProps } from "./menu.tsx";
import classes from "./menu.module.css";

/** A menu that was asked for: open at first, and with the button that opened it. */
export function OpenMenu({ label, sign, onOpenChange, children }: MenuProps) {
  return (
    <Base.Root defaultOpen modal={false} onOpenChange={(isOpen) => onOpenChange?.(isOpen)}>
      <Base.Trigger render={<Button look="quiet" />} aria-label={label}>
        {sign}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={classes["positioner"]} align="end" sideOffset={4} collisionPadding={8}>
          <Base.Popup className={classes["popup"]}>
            <MenuEntryContext value={MenuEntry}>{children}</MenuEntryContext>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

function MenuEntry({ onClick, look, children }: MenuEntryProps) {
  const names = [classes["item"], look === undefined ? undefined : classes[look]];
  return (
    <Base.Item className={names.filter((name) => name !== undefined).join(" ")} onClick={onClick}>
      <span className={classes["label"]}>{children}</span>
    </Base.Item>
  );
}
