import { useSession } from "../remote/use-session.ts";

/** The name of a session of which only the id is known. */
export function SessionName({ sessionId }: { sessionId: string }) {
  const { data } = useSession(sessionId);
  return data?.name ?? `Session ${sessionId.slice(0, 8)}`;
}
