import type { RemoteClientMessageOf, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteAnswer } from "../delivery/remote-answer.ts";

export type PromptMode = "reject" | "queue" | "steer" | "interrupt";
export type PromptMessage = RemoteClientMessageOf<"prompt">;
export type PromptAttachment = NonNullable<PromptMessage["attachments"]>[number];

/** What a person wrote. Without `sessionId` a new session begins, under an id that is known at once ([PROMPT-3]). */
export interface PromptInput {
  readonly text: string;
  /** The session to go on with. */
  readonly sessionId?: string | undefined;
  /** Id of the new session; made when absent. Not together with `sessionId`. */
  readonly newSessionId?: string | undefined;
  readonly workingDirectory?: string | undefined;
  readonly systemPrompt?: string | undefined;
  /** Made when absent. The same id with the same content never runs twice ([PROMPT-9]). */
  readonly promptId?: string | undefined;
  readonly agent?: string | undefined;
  /** What to do when the session is busy; default `reject` ([PROMPT-10]). */
  readonly mode?: PromptMode | undefined;
  readonly attachments?: readonly PromptAttachment[] | undefined;
  /** Run although the session seems to be driven elsewhere ([LOCK-9]). */
  readonly force?: boolean | undefined;
}

/** What the server said when it took a prompt. */
export interface PromptAcceptance {
  readonly promptId: string;
  readonly sessionId: string;
  readonly created: boolean | undefined;
  readonly agent: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly modeApplied: "run" | "queue" | "steer" | "interrupt" | undefined;
  readonly queuePosition: number | undefined;
  /** False: the agent cannot take the system prompt on this session ([PROMPT-7]). */
  readonly systemPromptApplied: boolean | undefined;
  /** The server had it already, from an earlier try ([PROMPT-9]). */
  readonly isDuplicate: boolean;
}

/** A prompt on its way. Both promises reject with `RemoteRequestError` when it is refused, cancelled or given up. */
export interface PromptHandle {
  readonly promptId: string;
  readonly sessionId: string;
  /** The client's store has it: from here on it outlives the client and is sent, whatever happens to the caller. */
  readonly kept: Promise<void>;
  /** The server has it for good. */
  readonly accepted: Promise<PromptAcceptance>;
  /** How it ended; also when the agent failed, see `RemoteAnswer.success`. */
  readonly outcome: Promise<RemoteAnswer>;
}

export function toPromptMessage(input: PromptInput, ids: { promptId: string; newSessionId: string }): PromptMessage {
  const { sessionId, workingDirectory, systemPrompt, agent, mode, attachments, force } = input;
  return {
    type: "prompt",
    text: input.text,
    prompt_id: ids.promptId,
    ...(sessionId === undefined ? { new_session_id: ids.newSessionId } : { session_id: sessionId }),
    ...(workingDirectory === undefined ? {} : { working_directory: workingDirectory }),
    ...(systemPrompt === undefined ? {} : { system_prompt: systemPrompt }),
    ...(agent === undefined ? {} : { agent }),
    ...(mode === undefined ? {} : { mode }),
    ...(attachments === undefined || attachments.length === 0 ? {} : { attachments: [...attachments] }),
    ...(force === true ? { force } : {}),
  };
}

export function toAcceptance(
  promptId: string,
  sessionId: string,
  ack?: RemoteServerMessageOf<"ack">,
): PromptAcceptance {
  return {
    promptId,
    sessionId: ack?.session_id ?? sessionId,
    created: ack?.created,
    agent: ack?.agent,
    workingDirectory: ack?.working_directory,
    modeApplied: ack?.mode_applied,
    queuePosition: ack?.queue_position,
    systemPromptApplied: ack?.system_prompt_applied,
    isDuplicate: ack?.duplicate === true,
  };
}
