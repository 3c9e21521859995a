/** What the run desk tells, to the sockets it concerns ([PROMPT-14], [LOCK-7], [COMPACT-6], [APPROVE-1], [APPROVE-2]). */
import type { RemoteServerMessage } from "@parlatory/protocol/remote";
import type {
  PendingPermission,
  PromptResult,
  PromptStatus,
  ResolvedPermission,
  RunListener,
} from "../../../sessions/run-desk.ts";
import type { Audience } from "../audience.ts";
import type { Peer } from "../peer.ts";
import { toResultFrames } from "../wire/result-wire.ts";
import { toPermissionRequest, toPermissionResolved, toPromptStatus, toSessionKilled } from "../wire/run-wire.ts";
import type { AwaitedAnswers } from "./awaited-answers.ts";

export interface RunPushesOptions {
  readonly audience: Audience;
  readonly awaited: AwaitedAnswers;
  /** The state of a session changed: lists and `session_info` may say something new. */
  readonly onStatus: (sessionId: string) => void;
}

export class RunPushes implements RunListener {
  readonly #options: RunPushesOptions;

  constructor(options: RunPushesOptions) {
    this.#options = options;
  }

  onPromptStatus(status: PromptStatus, clientSessionId: string): void {
    const message = toPromptStatus(status);
    for (const peer of this.#options.audience.concerned(status.sessionId, [clientSessionId])) {
      const echo = this.#options.awaited.take("prompt_status", status.promptId, peer);
      if (echo === undefined && !peer.outbox.has("session_events")) continue;
      peer.pushAboutPrompt(status.promptId, () => peer.send({ ...message, ...echo }));
    }
  }

  onResult(result: PromptResult): void {
    const { audience } = this.#options;
    const peers = audience.concerned(result.sessionId, [result.clientSessionId]);
    for (const peer of audience.clientSession(result.clientSessionId)?.joining ?? []) peers.add(peer);
    for (const peer of peers) {
      this.#afterHistory(peer, result.sessionId, () =>
        peer.pushAboutPrompt(result.promptId, () =>
          peer.pushResult(result.messageId, () => {
            // A client that stated no capabilities at all decodes money strictly ([PROMPT-16]).
            const isStrict = peer.outbox.capabilities.size === 0;
            for (const frame of toResultFrames(result, { isStrict })) peer.send(frame);
          }),
        ),
      );
    }
  }

  onKilled(sessionId: string, clientSessionIds: readonly string[]): void {
    const { audience, awaited } = this.#options;
    const message = toSessionKilled(sessionId);
    for (const peer of audience.concerned(sessionId, clientSessionIds)) {
      const echo = awaited.take("session_killed", sessionId, peer);
      this.#afterHistory(peer, sessionId, () => peer.send({ ...message, ...echo }));
    }
  }

  onCompaction(...[outcome, sessionId, clientSessionId]: Parameters<NonNullable<RunListener["onCompaction"]>>): void {
    const { audience, awaited } = this.#options;
    const message: RemoteServerMessage = outcome.ok
      ? {
          type: "compaction_complete",
          session_id: sessionId,
          ...(outcome.preTokens === undefined ? {} : { pre_tokens: outcome.preTokens }),
          ...(outcome.postTokens === undefined ? {} : { post_tokens: outcome.postTokens }),
        }
      : { type: "compaction_error", session_id: sessionId, error: outcome.error };
    for (const peer of audience.concerned(sessionId, [clientSessionId])) {
      const echo = awaited.take("compaction", sessionId, peer);
      this.#afterHistory(peer, sessionId, () => peer.send({ ...message, ...echo }));
    }
  }

  onPermissionRequested(request: PendingPermission): void {
    const message = toPermissionRequest(request);
    for (const peer of this.#options.audience.peers()) if (peer.outbox.has("approvals")) peer.send(message);
  }

  onPermissionResolved(resolved: ResolvedPermission): void {
    const { audience, awaited } = this.#options;
    const message = toPermissionResolved(resolved);
    for (const peer of audience.peers()) {
      if (!peer.outbox.has("approvals")) continue;
      peer.send({ ...message, ...awaited.take("permission_resolved", resolved.requestId, peer) });
    }
  }

  onStatus(sessionId: string): void {
    this.#options.onStatus(sessionId);
  }

  /** Behind the history that is still on its way to the socket ([PROMPT-12]). */
  #afterHistory(peer: Peer, sessionId: string, send: () => void): void {
    const subscription = peer.subscriptions.get(sessionId);
    if (subscription === undefined) send();
    else subscription.afterHistory(send);
  }
}
