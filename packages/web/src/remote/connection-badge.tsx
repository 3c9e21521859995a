import type { RemoteConnectionState } from "@parlatory/client";
import { lazy, Suspense, useState } from "react";
import { Badge, type Tone } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import classes from "./connection-badge.module.css";
import { useConnection } from "./use-connection.ts";

const loadPopover = () => import("./connection-popover.tsx");
const ConnectionPopover = lazy(async () => ({ default: (await loadPopover()).ConnectionPopover }));

/** In which state the connection is, in words; a tap tells more and what can be done. */
export function ConnectionBadge() {
  const state = useConnection();
  const [isWanted, setWanted] = useState(false);
  const { label, tone } = describe(state);
  const badge = (
    <span role="status">
      <Badge tone={tone}>{label}</Badge>
    </span>
  );
  const button = (
    <Button
      look="quiet"
      className={classes["trigger"]}
      aria-label={`Connection: ${label}`}
      aria-haspopup="dialog"
      aria-expanded="false"
      onPointerEnter={() => void loadPopover()}
      onFocus={() => void loadPopover()}
      onClick={() => setWanted(true)}
    >
      {badge}
    </Button>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <ConnectionPopover state={state} label={label} sign={badge} />
    </Suspense>
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
