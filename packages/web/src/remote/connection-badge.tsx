import type { RemoteConnectionState } from "@parlatory/client";
import { Badge, type Tone } from "../design/badge.tsx";
import { useConnection } from "./use-connection.ts";

/** In which state the connection is, in words. */
export function ConnectionBadge() {
  const { label, tone, title } = describe(useConnection());
  return (
    <span role="status" title={title}>
      <Badge tone={tone}>{label}</Badge>
    </span>
  );
}

function describe(state: RemoteConnectionState): { label: string; tone: Tone; title?: string } {
  switch (state.name) {
    case "ready":
      return { label: "live", tone: "good" };
    case "waiting":
      return { label: "offline, trying again", tone: "warn", title: state.loss.message };
    case "ended":
      return { label: "disconnected", tone: "bad", title: state.reason.message };
    default:
      return { label: "connecting …", tone: undefined };
  }
}
