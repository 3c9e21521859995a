import { usePermissions } from "../remote/use-permissions.ts";

/** What this session asks, where it is answered with one tap. */
export function SessionApprovals({ sessionId }: { sessionId: string }) {
  const pending = usePermissions(sessionId);
  return pending.length === 0 ? null : <p role="status">{pending.length} waiting</p>;
}
