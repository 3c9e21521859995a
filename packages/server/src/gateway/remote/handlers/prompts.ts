/** Prompts in, acknowledgements out ([PROMPT-1] to [PROMPT-17]); what becomes of them is pushed. */
import { parseUuid, type RemoteClientMessageOf } from "@parlatory/protocol/remote";
import type {
  AcceptedPrompt,
  KnownPrompt,
  PromptAttachment,
  PromptSubmission,
} from "../../../sessions/run-requests.ts";
import type { Peer } from "../peer.ts";
import type { RemoteServices } from "../remote-services.ts";
import type { Routes } from "../route.ts";
import { toResponse } from "../wire/result-wire.ts";
import { toPromptAck, toPromptStatus } from "../wire/run-wire.ts";

export const PROMPT_ROUTES: Routes<"prompt" | "cancel_prompt" | "interrupt_session"> = {
  prompt: {
    turn: "ordered",
    async handle({ peer, services, answer }, message) {
      const promptId = message.prompt_id ?? services.createId();
      peer.holdPrompt(promptId);
      try {
        const accepted = await services.runs.submitPrompt(toSubmission(peer, message, promptId));
        answer(toPromptAck(accepted));
        if (accepted.outcome === "duplicate" && accepted.result !== undefined) {
          answer(toResponse(accepted.result, { isStrict: peer.outbox.capabilities.size === 0 }));
        }
        noteUse(peer, services, accepted);
      } finally {
        peer.releasePrompt(promptId);
      }
    },
  },
  cancel_prompt: {
    turn: "ordered",
    async handle({ peer, services, correlationId, answer }, { prompt_id: promptId }) {
      const awaited = services.pushes.awaited.await("prompt_status", promptId, peer, correlationId);
      try {
        const status = await services.runs.cancelPrompt(promptId);
        if (!awaited.wasSent) answer(toPromptStatus(status));
      } finally {
        awaited.end();
      }
    },
  },
  interrupt_session: {
    turn: "aside",
    async handle({ services, answer }, { session_id: sessionId, run_id: runId }) {
      if (parseUuid(sessionId) !== undefined) await services.runs.interrupt(sessionId, runId);
      answer({ type: "ack", message: "Interrupt requested" });
    },
  },
};

function toSubmission(peer: Peer, message: RemoteClientMessageOf<"prompt">, promptId: string): PromptSubmission {
  return {
    asker: peer.asker,
    text: message.text,
    sessionId: message.session_id,
    resumeSessionId: message.resume_session_id,
    newSessionId: message.new_session_id,
    workingDirectory: message.working_directory,
    systemPrompt: message.system_prompt,
    promptId,
    agent: message.agent,
    mode: message.mode ?? "reject",
    attachments: (message.attachments ?? []).map(toAttachment),
    force: message.force ?? false,
    clientDirectory: peer.clientSession.directory,
  };
}

function toAttachment(
  attachment: NonNullable<RemoteClientMessageOf<"prompt">["attachments"]>[number],
): PromptAttachment {
  if ("resource" in attachment) return { resource: attachment.resource };
  const { filename, media_type: mediaType, content } = attachment;
  return { filename, mediaType, content };
}

/** The session is the client session's current one from now on, as the run desk has stored ([PROMPT-5], [SESS-4]). */
function noteUse(peer: Peer, services: RemoteServices, { sessionId, created }: AcceptedPrompt | KnownPrompt): void {
  const { clientSession } = peer;
  clientSession.currentSessionId = sessionId;
  if (created) services.pushes.creators.note(sessionId, clientSession.id);
  showAgain(peer, services, sessionId);
}

/** Subscribing or prompting a hidden session shows it again ([SESS-4]). */
export function showAgain(peer: Peer, { clientSessions, log, pushes }: RemoteServices, sessionId: string): void {
  if (!peer.clientSession.hidden.delete(sessionId)) return;
  pushes.recent.note();
  clientSessions.setHidden(peer.clientSession.id, sessionId, false).catch((error: unknown) => {
    log.warn("that a session is shown again could not be stored", { sessionId, error });
  });
}
