import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import classes from "./dialog.module.css";

/** Asks for something in front of the page. Focus goes in, Escape and a click beside it close. */
export function Dialog(props: {
  isOpen: boolean;
  title: string;
  onClose: () => void;
  /** Default "Cancel". */
  closeLabel?: string;
  /** Beside the button that closes. */
  actions: ReactNode;
  children: ReactNode;
}) {
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
