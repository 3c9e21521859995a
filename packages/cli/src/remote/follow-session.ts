import type { RemoteClient } from "@parlatory/client";
import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import type { CommandContext } from "../harness/context.ts";
import { historySettled } from "./history-settled.ts";
import { OrderedWork } from "./ordered-work.ts";
import { remoteFollowEnd, type RemoteFollowEnd } from "./remote-follow-end.ts";
import { SessionFeed, type SessionFeedWriter } from "./session-feed.ts";
import { renderMessage, toMessageRow } from "./session-row.ts";
import { withRemote } from "./with-remote.ts";

export interface FollowArguments {
  readonly sessionId: string;
  readonly last: number;
  readonly max: number | undefined;
  readonly url: string | undefined;
}

/** Runs until the signal, or until `max` messages were written. Errors: `session_not_found`. */
export async function followSession(
  context: CommandContext,
  { sessionId, last, max, url }: FollowArguments,
): Promise<{ session_id: string; count: number }> {
  const subject = { target: sessionId, operation: "resolve_session", notFound: "session_not_found" } as const;
  let count = 0;
  await withRemote(context, { url, subject, reconnect: true }, async (client) => {
    const end = remoteFollowEnd(context.signal, client, subject);
    const work = new OrderedWork((cause) => end.fail(cause));
    const isOver = (): boolean => max !== undefined && count >= max;
    const feed = await openFeed(context, client, {
      ...{ sessionId, last, work, end },
      written: () => {
        count += 1;
        if (isOver()) end.finish();
      },
      isOver,
    });
    try {
      await end.ended;
      await Promise.race([work.drain(), aborted(context.secondSignal)]);
    } finally {
      feed.stop();
    }
  });
  return { session_id: sessionId, count };
}

export interface FeedOptions {
  readonly sessionId: string;
  readonly last: number;
  readonly work: OrderedWork;
  readonly end: RemoteFollowEnd;
  /** A message was written. */
  readonly written?: () => void;
  readonly isOver?: () => boolean;
}

/** Follows a session: says what it is, writes what is there and what comes, and tells of its state. */
export async function openFeed(
  context: CommandContext,
  client: RemoteClient,
  { sessionId, last, work, end, written, isOver = () => false }: FeedOptions,
): Promise<SessionFeed> {
  const session = await client.sessions.info(sessionId);
  work.add(() => context.emit(followingEvent(session), (shown) => followingText(context, shown)));
  // From here on, so that nothing is missed while the history comes.
  watchState(context, client, session, work);
  const follow = client.follow(sessionId, { limit: Math.max(1, last) });
  await historySettled(client, follow);
  client.on("historyFailed", ({ sessionId: failed, error }) => {
    if (failed === follow.sessionId && error.code === "not_found") end.fail(error);
  });
  const id = follow.sessionId;
  const writer: SessionFeedWriter = {
    async message(message) {
      if (isOver()) return;
      await context.emit({ type: "message", session_id: id, ...toMessageRow(message) }, (shown) =>
        renderMessage(shown, context.style),
      );
      written?.();
    },
    gap: (afterSeq, beforeSeq) =>
      context.emit(
        { type: "gap", session_id: id, after_seq: afterSeq, before_seq: beforeSeq },
        (shown) => `(messages ${shown.after_seq + 1} to ${shown.before_seq - 1} cannot be had)`,
      ),
    reset: () =>
      context.emit(
        { type: "reset", session_id: id },
        () => "(the session's record was rewritten; this is what it is now)",
      ),
  };
  return new SessionFeed(client, follow, { work, writer, last });
}

function followingEvent(session: RemoteSessionDetail) {
  return {
    type: "following",
    session_id: session.session_id,
    state: session.state,
    busy_elsewhere: session.session_busy_elsewhere,
    name: session.name,
    agent: session.agent,
  } as const;
}

function followingText({ style }: CommandContext, session: ReturnType<typeof followingEvent>): string {
  return `${style.bold(session.name)}  ${session.agent}, ${stateText(session)}. Ctrl-C ends.`;
}

/** Every change of it, once. */
function watchState(
  context: CommandContext,
  client: RemoteClient,
  known: RemoteSessionDetail,
  work: OrderedWork,
): void {
  let last = stateText({ state: known.state, busy_elsewhere: known.session_busy_elsewhere });
  client.on("session_info", ({ session }) => {
    if (session.session_id !== known.session_id) return;
    const event = {
      type: "state",
      session_id: session.session_id,
      state: session.state,
      busy_elsewhere: session.session_busy_elsewhere,
    } as const;
    const text = stateText(event);
    if (text === last) return;
    last = text;
    work.add(() => context.emit(event, (shown) => context.style.dim(`(${stateText(shown)})`)));
  });
}

function stateText({ state, busy_elsewhere: isElsewhere }: { state: string; busy_elsewhere: boolean }): string {
  return `${state.replaceAll("_", " ")}${isElsewhere ? ", driven elsewhere" : ""}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
