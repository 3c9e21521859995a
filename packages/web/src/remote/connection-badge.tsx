import { Popover } from "@base-ui/react/popover";
import type { RemoteConnectionState } from "@parlatory/client";
import { Badge, type Tone } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { ConnectionDetails } from "./connection-details.tsx";
import classes from "./connection-badge.module.css";
import { useConnection } from "./use-connection.ts";

/** In which state the connection is, in words; a tap tells more and what can be done. */
export function ConnectionBadge() {
  const state = useConnection();
  const { label, tone } = describe(state);
  return (
    <Popover.Root>
      <Popover.Trigger
        render={<Button look="quiet" className={classes["trigger"]} />}
        aria-label={`Connection: ${label}`}
      >
        <span role="status">
          <Badge tone={tone}>{label}</Badge>
        </span>
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

function describe(state: RemoteConnectionState): { label: string; tone: Tone } {
  switch (state.name) {
    case "ready":
      return { label: "live", tone: "good" };
    case "waiting":
      return { label: "offline, trying again", tone: "warn" };
    case "ended":
      return { label: "disconnected", tone: "bad" };
    default:
      return { label: "connecting …", tone: undefined };
  }
}
