import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { useLock } from "../remote/use-lock.ts";
import { sessionActivity, type SessionActivity } from "./session-activity.ts";

export function useSessionActivity(sessionId: string, session: RemoteSessionDetail | undefined): SessionActivity {
  return sessionActivity(session, useLock(sessionId));
}
