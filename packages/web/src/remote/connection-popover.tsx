import { Popover } from "@base-ui/react/popover";
import type { RemoteConnectionState } from "@parlatory/client";
import type { ReactNode } from "react";
import { Button } from "../design/button.tsx";
import classes from "./connection-badge.module.css";
import { ConnectionDetails } from "./connection-details.tsx";

/** What is known of the connection, asked for by its badge; open at first. */
export function ConnectionPopover(props: { state: RemoteConnectionState; label: string; sign: ReactNode }) {
  const { state, label, sign } = props;
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger
        render={<Button look="quiet" className={classes["trigger"]} />}
        aria-label={`Connection: ${label}`}
      >
        {sign}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={classes["positioner"]} align="end" sideOffset={4} collisionPadding={8}>
          <Popover.Popup className={classes["popup"]}>
            <ConnectionDetails state={state} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
