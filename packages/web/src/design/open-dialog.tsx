import { Dialog as Base } from "@base-ui/react/dialog";
import { Button } from "./button.tsx";
import type { DialogProps } from "./dialog.tsx";
import classes from "./dialog.module.css";

/** A dialog that was asked for at least once. */
export function OpenDialog(props: DialogProps) {
  const { isOpen, title, onClose, closeLabel = "Cancel", actions, children } = props;
  return (
    <Base.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={classes["backdrop"]} />
        <Base.Popup className={classes["popup"]}>
          <Base.Title render={<h2 />}>{title}</Base.Title>
          {children}
          <div className={classes["actions"]}>
            <Button onClick={onClose}>{closeLabel}</Button>
            {actions}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
