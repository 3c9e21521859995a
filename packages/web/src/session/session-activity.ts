import type { RemoteClient } from "@parlatory/client";
import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import type { Tone } from "../design/badge.tsx";

type Lock = ReturnType<RemoteClient["lockOf"]>;

/** What a session is doing, from what the server said of it and what was sent from here since. */
export interface SessionActivity {
  readonly kind: "unknown" | "idle" | "running" | "asking" | "compacting" | "recovering" | "elsewhere" | "gone";
  readonly label: string;
  readonly tone: Tone;
  /** A prompt sent now would not run at once. */
  readonly isBusy: boolean;
  /** There is a turn that can be interrupted. */
  readonly canStop: boolean;
}

const activities = {
  unknown: { label: "…", tone: undefined, isBusy: false, canStop: false },
  idle: { label: "idle", tone: undefined, isBusy: false, canStop: false },
  running: { label: "running", tone: "accent", isBusy: true, canStop: true },
  asking: { label: "asks you", tone: "warn", isBusy: true, canStop: true },
  compacting: { label: "compacting", tone: "accent", isBusy: true, canStop: false },
  recovering: { label: "recovering", tone: "warn", isBusy: true, canStop: false },
  elsewhere: { label: "in use elsewhere", tone: "warn", isBusy: true, canStop: false },
  gone: { label: "gone", tone: "bad", isBusy: false, canStop: false },
} as const satisfies Record<SessionActivity["kind"], Omit<SessionActivity, "kind">>;

const byState = {
  idle: "idle",
  running: "running",
  waiting_permission: "asking",
  compacting: "compacting",
  recovering: "recovering",
  gone: "gone",
} as const;
const byHolder = {
  prompt: "running",
  compaction: "compacting",
  recovery: "recovering",
  elsewhere: "elsewhere",
} as const;

export function sessionActivity(session: RemoteSessionDetail | undefined, lock: Lock): SessionActivity {
  const kind = kindOf(session, lock);
  return { kind, ...activities[kind] };
}

function kindOf(session: RemoteSessionDetail | undefined, lock: Lock): SessionActivity["kind"] {
  const told = session === undefined ? undefined : byState[session.state];
  if (told !== undefined && told !== "idle") return told;
  if (session?.session_busy_elsewhere === true) return "elsewhere";
  // What was sent from here is under way before the server tells so.
  if (lock !== undefined) return lock.holder === undefined ? "running" : byHolder[lock.holder];
  return told ?? "unknown";
}
