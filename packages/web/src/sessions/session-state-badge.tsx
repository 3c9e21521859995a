import type { RemoteSessionState } from "@parlatory/protocol/remote";
import { Badge, type Tone } from "../design/badge.tsx";
import type { KnownSession } from "./known-session.ts";

const looks: Readonly<Record<RemoteSessionState, { readonly label: string; readonly tone?: Tone }>> = {
  idle: { label: "idle" },
  running: { label: "running", tone: "accent" },
  waiting_permission: { label: "needs you", tone: "warn" },
  compacting: { label: "compacting", tone: "accent" },
  recovering: { label: "recovering", tone: "warn" },
  gone: { label: "gone", tone: "bad" },
};

/** What a session does, in words. */
export function SessionStateBadge({ session }: { session: Pick<KnownSession, "state" | "isBusyElsewhere"> }) {
  // Somebody drives it from a terminal: our own state of it says nothing then.
  if (session.isBusyElsewhere && session.state === "idle") return <Badge tone="accent">driven elsewhere</Badge>;
  const { label, tone } = looks[session.state];
  return <Badge tone={tone}>{label}</Badge>;
}
