/** Lists of sessions, and what can be changed about one ([SESS-1] to [SESS-6], [APPROVE-4]). */
import { REMOTE_LIMITS, RemoteError, parseUuid } from "@parlatory/protocol/remote";
import { REMOTE_PERMISSION_MODES } from "../../../sessions/run-requests.ts";
import { makeSessionInfo, makeSessionList } from "../pushes/session-frames.ts";
import type { Call, Routes } from "../route.ts";
import { notFound } from "./history.ts";

export const DEFAULT_LIST = 50;

export const LIST_ROUTES: Routes<
  | "refresh_sessions"
  | "get_session_list"
  | "get_session_info"
  | "session_deleted"
  | "infer_session_name"
  | "set_permission_mode"
  | "revoke_grant"
> = {
  refresh_sessions: {
    turn: "ordered",
    handle({ peer, services, correlationId, form, answer }, { recent_sessions_limit: limit }) {
      if (limit !== undefined) peer.recentLimit = toRecentLimit(limit);
      answer(makeSessionList(services, peer, { limit: DEFAULT_LIST }, form().budgetBytes));
      services.pushes.recent.answer(peer, { correlation_id: correlationId });
    },
  },
  get_session_list: {
    turn: "ordered",
    async handle(call, { working_directory: directory, agent, cursor, limit = DEFAULT_LIST }) {
      const { peer, services, form, answer } = call;
      const workingDirectory = directory === undefined ? undefined : await services.paths.resolve(directory);
      answer(makeSessionList(services, peer, { workingDirectory, agent, cursor, limit }, form().budgetBytes));
    },
  },
  get_session_info: {
    turn: "aside",
    handle: (call, { session_id: sessionId }) => answerInfo(call, sessionId),
  },
  session_deleted: {
    turn: ({ session_id: id }) => `session ${id}`,
    async handle({ peer, services }, { session_id: sessionId }) {
      if (parseUuid(sessionId) === undefined) return;
      const { clientSession } = peer;
      clientSession.hidden.add(sessionId);
      for (const other of clientSession.peers) {
        const subscription = other.subscriptions.get(sessionId);
        if (subscription !== undefined) services.pushes.audience.unfollow(subscription);
      }
      services.pushes.recent.note();
      await services.clientSessions.setHidden(clientSession.id, sessionId, true);
    },
  },
  infer_session_name: {
    turn: "aside",
    async handle({ services, answer }, { session_id: sessionId, message_text: text }) {
      const fail = (error: string): void => {
        answer({ type: "infer_name_error", ...(sessionId === undefined ? {} : { session_id: sessionId }), error });
      };
      if (sessionId === undefined || sessionId === "") return fail("session_id required");
      if (text === undefined || text.trim() === "") return fail("message_text required");
      const session = parseUuid(sessionId) === undefined ? undefined : await services.catalog.find(sessionId);
      if (session === undefined) return fail(`Session not found: ${sessionId}`);
      const name = await services.runs.inferName(sessionId, text);
      if (name === "") return fail("No name could be made of message_text");
      answer({ type: "session_name_inferred", session_id: sessionId, name });
    },
  },
  set_permission_mode: {
    turn: "ordered",
    async handle(call, { session_id: sessionId, mode: asked }) {
      const mode = REMOTE_PERMISSION_MODES.find((known) => known === asked);
      if (mode === undefined) throw new RemoteError("not_allowed", `Mode not allowed: ${asked}`);
      if (parseUuid(sessionId) === undefined) throw notFound(sessionId);
      await call.services.runs.setPermissionMode(sessionId, mode, call.peer.asker);
      await answerInfo(call, sessionId);
    },
  },
  revoke_grant: {
    turn: "ordered",
    async handle(call, { session_id: sessionId, tool_name: toolName }) {
      if (parseUuid(sessionId) === undefined) throw notFound(sessionId);
      await call.services.runs.revokeGrant(sessionId, toolName, call.peer.asker);
      await answerInfo(call, sessionId);
    },
  },
};

/** Anything but an integer from 1 to 100 means the default. */
export function toRecentLimit(asked: unknown): number {
  const isValid = typeof asked === "number" && Number.isInteger(asked);
  return isValid && asked >= 1 && asked <= REMOTE_LIMITS.recentSessionsMost ? asked : REMOTE_LIMITS.recentSessions;
}

async function answerInfo({ services, answer }: Call, sessionId: string): Promise<void> {
  const info = parseUuid(sessionId) === undefined ? undefined : await makeSessionInfo(services, sessionId);
  if (info === undefined) throw notFound(sessionId);
  services.pushes.info.remember(info);
  answer(info);
}
