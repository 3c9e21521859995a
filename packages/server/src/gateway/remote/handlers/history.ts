/** Following sessions ([SUB-1] to [SUB-12]). */
import { REMOTE_LIMITS, RemoteError, parseUuid } from "@parlatory/protocol/remote";
import { packHistory } from "../../../sessions/history/pack-history.ts";
import type { Subscription } from "../pushes/subscription.ts";
import { packInForm } from "../outbox.ts";
import type { Call, Routes } from "../route.ts";
import { showAgain } from "./prompts.ts";

const bySession = ({ session_id: id }: { session_id: string }): string => `session ${id}`;

export const HISTORY_ROUTES: Routes<"subscribe" | "unsubscribe"> = {
  subscribe: {
    turn: bySession,
    async handle(call, message) {
      const { peer, services } = call;
      const sessionId = parseUuid(message.session_id);
      if (sessionId === undefined) throw notFound(message.session_id);
      const known = peer.subscriptions.get(sessionId);
      if (known === undefined && peer.subscriptions.size >= REMOTE_LIMITS.subscriptionsPerSocket) {
        throw new RemoteError(
          "too_many",
          `A socket may follow at most ${REMOTE_LIMITS.subscriptionsPerSocket} sessions; unsubscribe from one first`,
          { details: { session_id: sessionId } },
        );
      }
      // Followed from before the log is read, so that nothing falls between the answer and the pushes ([SUB-10]).
      const subscription = known ?? services.pushes.subscribe(peer, sessionId);
      subscription.beginJoin();
      try {
        await peer.whenRoomy();
        const log = await services.catalog.open(sessionId);
        if (log === undefined) throw notFound(sessionId);
        const page = await packInForm(peer.outbox, (form) => packHistory(log, message, form));
        if (isGone(call, subscription)) return;
        peer.outbox.sendFrame(page.frame);
        // A page of older messages leaves the push position alone ([SUB-10]).
        if (page.pushedSeq === undefined && known !== undefined) subscription.abandonJoin();
        else subscription.join(log);
        showAgain(peer, services, sessionId);
      } catch (error) {
        if (known === undefined) services.pushes.audience.unfollow(subscription);
        else subscription.abandonJoin();
        throw error;
      }
    },
  },
  unsubscribe: {
    turn: bySession,
    handle({ peer, services, correlationId, answer }, { session_id: sessionId }) {
      const subscription = peer.subscriptions.get(sessionId);
      if (subscription !== undefined) services.pushes.audience.unfollow(subscription);
      if (correlationId !== undefined) answer({ type: "ack", message: "Unsubscribed" });
    },
  },
};

export function notFound(sessionId: string): RemoteError {
  return new RemoteError("not_found", `Session not found: ${sessionId}`);
}

/** The session was hidden, or the socket moved to another client session, while the page was read. */
function isGone({ peer }: Call, subscription: Subscription<Call["peer"]>): boolean {
  return peer.subscriptions.get(subscription.sessionId) !== subscription;
}
