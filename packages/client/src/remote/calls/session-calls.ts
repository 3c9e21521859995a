import type { RemoteServerMessageOf, RemoteSessionDetail } from "@parlatory/protocol/remote";
import { RemoteRequestError } from "../requests/remote-request-error.ts";
import type { RemoteRequests } from "../requests/remote-requests.ts";

export interface SessionListFilter {
  readonly workingDirectory?: string | undefined;
  readonly agent?: string | undefined;
  /** `next_cursor` of the page before. */
  readonly cursor?: string | undefined;
  /** 1 to 200, default 50. */
  readonly limit?: number | undefined;
}

/** What the agent's own summary of a session may take, and a little more ([COMPACT-4]). */
const COMPACTION_MS = 3_660_000;
const NAMING_MS = 20_000;
const WORKTREE_MS = 120_000;
/** A process tree is given 2 s before it is killed ([LOCK-7]). */
const KILL_MS = 20_000;

/** Questions about sessions and what is done to them beside prompts. All reject with `RemoteRequestError`. */
export class SessionCalls {
  readonly #requests: RemoteRequests;
  readonly #lock: (sessionId: string) => void;

  constructor(requests: RemoteRequests, lock: (sessionId: string) => void) {
    this.#requests = requests;
    this.#lock = lock;
  }

  /** Newest first ([SESS-1]). */
  list(filter: SessionListFilter = {}): Promise<RemoteServerMessageOf<"session_list">> {
    const { workingDirectory, agent, cursor, limit } = filter;
    return this.#requests.ask({
      message: {
        type: "get_session_list",
        ...(workingDirectory === undefined ? {} : { working_directory: workingDirectory }),
        ...(agent === undefined ? {} : { agent }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(limit === undefined ? {} : { limit }),
      },
      answer: "session_list",
    });
  }

  /** Both lists anew, as after a `connect`; they come as events too. */
  refresh(recentSessionsLimit?: number): Promise<RemoteServerMessageOf<"session_list">> {
    return this.#requests.ask({
      message: {
        type: "refresh_sessions",
        ...(recentSessionsLimit === undefined ? {} : { recent_sessions_limit: recentSessionsLimit }),
      },
      answer: "session_list",
    });
  }

  async info(sessionId: string): Promise<RemoteSessionDetail> {
    const { session } = await this.#requests.ask({
      message: { type: "get_session_info", session_id: sessionId },
      answer: "session_info",
    });
    return session;
  }

  /** Hides it for this client session until it is followed or prompted again ([SESS-4]). Ids do not tell whether it arrived. */
  async hide(sessionId: string): Promise<void> {
    await this.#requests.tell({ type: "session_deleted", session_id: sessionId });
  }

  /** The name it has from now on ([SESS-5]). */
  async inferName(sessionId: string, messageText: string): Promise<string> {
    const { name } = await this.#requests.ask({
      message: { type: "infer_session_name", session_id: sessionId, message_text: messageText },
      answer: "session_name_inferred",
      refusal: "infer_name_error",
      isAbout: (frame) => "session_id" in frame && frame.session_id === sessionId,
      limitMs: NAMING_MS,
    });
    return name;
  }

  async setPermissionMode(sessionId: string, mode: string): Promise<RemoteSessionDetail> {
    const { session } = await this.#requests.ask({
      message: { type: "set_permission_mode", session_id: sessionId, mode },
      answer: "session_info",
    });
    return session;
  }

  /** Asks the agent to stop its turn; the turn ends aborted. An idle session is no error. */
  async interrupt(sessionId: string, runId?: string): Promise<void> {
    const run = runId === undefined ? {} : { run_id: runId };
    await this.#requests.ask({ message: { type: "interrupt_session", session_id: sessionId, ...run }, answer: "ack" });
  }

  /** Ends the agent's processes and takes back what is queued, unless it is to be kept ([LOCK-7]). */
  async kill(
    sessionId: string,
    options: { runId?: string | undefined; keepQueue?: boolean | undefined } = {},
  ): Promise<void> {
    const { runId, keepQueue } = options;
    await this.#requests.ask({
      message: {
        type: "kill_session",
        session_id: sessionId,
        ...(runId === undefined ? {} : { run_id: runId }),
        ...(keepQueue === true ? { keep_queue: true } : {}),
      },
      answer: "session_killed",
      isAbout: (frame) => "session_id" in frame && frame.session_id === sessionId,
      limitMs: KILL_MS,
    });
  }

  /** Rejects with code `session_locked` while a run is alive, unless `force` kills it ([LOCK-8]). */
  unlock(
    sessionId: string,
    options: { force?: boolean | undefined } = {},
  ): Promise<RemoteServerMessageOf<"session_unlocked">> {
    return this.#requests.ask({
      message: { type: "unlock_session", session_id: sessionId, ...(options.force === true ? { force: true } : {}) },
      answer: "session_unlocked",
      isAbout: (frame) => "session_id" in frame && frame.session_id === sessionId,
      limitMs: KILL_MS,
    });
  }

  /** Resolves when the agent has compacted, which may take long. Rejects with `compaction_error` or `session_locked`. */
  compact(sessionId: string, instructions?: string): Promise<RemoteServerMessageOf<"compaction_complete">> {
    const answer = this.#requests.ask({
      message: {
        type: "compact_session",
        session_id: sessionId,
        ...(instructions === undefined ? {} : { instructions }),
      },
      answer: "compaction_complete",
      refusal: "compaction_error",
      isAbout: (frame) => "session_id" in frame && frame.session_id === sessionId,
      limitMs: COMPACTION_MS,
    });
    this.#lock(sessionId);
    return answer;
  }

  /** Rejects with code `worktree_session_error`; `details` says what to do ([RES-1], [RES-2]). */
  createWorktree(request: {
    readonly sessionName: string;
    readonly parentDirectory: string;
    readonly agent?: string | undefined;
    readonly initialPrompt?: string | undefined;
  }): Promise<RemoteServerMessageOf<"worktree_session_created">> {
    const { agent, initialPrompt } = request;
    return this.#requests.ask({
      message: {
        type: "create_worktree_session",
        session_name: request.sessionName,
        parent_directory: request.parentDirectory,
        ...(agent === undefined ? {} : { agent }),
        ...(initialPrompt === undefined ? {} : { initial_prompt: initialPrompt }),
      },
      answer: "worktree_session_created",
      refusal: "worktree_session_error",
      limitMs: WORKTREE_MS,
    });
  }

  /** Takes a queued prompt back at the server; rejects when it is not queued any more. */
  async cancelPrompt(promptId: string): Promise<void> {
    const { state } = await this.#requests.ask({
      message: { type: "cancel_prompt", prompt_id: promptId },
      answer: "prompt_status",
      isAbout: (frame) => frame.type === "prompt_status" && frame.prompt_id === promptId && frame.state === "cancelled",
    });
    if (state === "cancelled") return;
    throw new RemoteRequestError("conflict", `the prompt was not taken back: it is ${state}`);
  }
}
