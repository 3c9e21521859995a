import { SessionApprovals } from "../approvals/session-approvals.tsx";
import { Composer } from "../composer/composer.tsx";
import { Conversation } from "../conversation/conversation.tsx";
import { useSession } from "../remote/use-session.ts";
import { SessionHeader } from "./session-header.tsx";
import classes from "./session-page.module.css";

/** One session: what it is, what was said, what it asks, and where one writes to it. */
export function SessionPage({ sessionId }: { sessionId: string }) {
  const { data: session } = useSession(sessionId);
  return (
    <div className={classes["page"]}>
      <SessionHeader sessionId={sessionId} session={session} />
      <Conversation sessionId={sessionId} />
      <SessionApprovals sessionId={sessionId} />
      <Composer sessionId={sessionId} session={session} />
    </div>
  );
}
