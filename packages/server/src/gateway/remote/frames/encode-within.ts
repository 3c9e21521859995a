/**
 * From a message to the text of its frame within a budget ([RLIM-2] to [RLIM-4]): what a message gives up, and in which
 * order. Messages that are paged or packed before (history, lists, outputs) come as they fit and pass untouched.
 */
import { REMOTE_LIMITS, truncateMiddle, type RemoteServerMessage } from "@parlatory/protocol/remote";
import { fitText } from "../../../sessions/history/fit-text.ts";
import { fitAvailableCommands } from "./fit-available-commands.ts";
import { fitPermissionRequest } from "./fit-permission-request.ts";
import { fitRecentSessions, fitSession } from "./fit-session.ts";
import { cutStrings, jsonBytes, shrinkToFit } from "./cut-strings.ts";

type Of<Type extends RemoteServerMessage["type"]> = Extract<RemoteServerMessage, { type: Type }>;

/** The frame's text. It is over the budget only for a message that was to be packed before and was not: a defect. */
export function encodeWithin(message: RemoteServerMessage, budget: number): string {
  switch (message.type) {
    case "session_history":
    case "session_updated":
    case "session_list":
    case "command_history":
    case "resources_list":
    case "device_list":
    case "command_output":
    case "command_output_full":
    case "permission_input":
      return JSON.stringify(message);
    case "response":
      return encodeFirst(message, budget, fitResponse);
    case "replay":
      return encodeFirst(message, budget, fitReplay);
    case "recent_sessions":
      return encodeFirst(message, budget, fitRecentSessions);
    case "available_commands":
      return encodeFirst(message, budget, fitAvailableCommands);
    case "permission_request":
      return encodeFirst(message, budget, fitPermissionRequest);
    case "session_info":
      return encodeFirst(message, budget, (info, most) => ({
        ...info,
        session: fitSession(info.session, most - jsonBytes({ ...info, session: 0 }) + 1),
      }));
    case "session_created":
      return encodeFirst(message, budget, (created, most) => fitSession(created, most));
    case "error":
      return JSON.stringify(fitError(message, budget));
    case "command_error":
    case "compaction_error":
      return JSON.stringify(fitFailure(message, budget));
    case "worktree_session_error":
      return JSON.stringify(fitWorktreeError(message, budget));
    default:
      return JSON.stringify(shrinkToFit(cutStrings(message), budget));
  }
}

function encodeFirst<Message extends RemoteServerMessage>(
  message: Message,
  budget: number,
  fit: (message: Message, budget: number) => Message,
): string {
  const text = JSON.stringify(message);
  // A code unit takes at most three bytes: small frames need no counting.
  if (text.length * 3 <= budget || Buffer.byteLength(text) <= budget) return text;
  return JSON.stringify(fit(message, budget));
}

function fitResponse(response: Of<"response">, budget: number): Of<"response"> {
  const { text, error, ...rest } = response;
  const empty = { ...rest, text: "", ...(error === undefined ? {} : { error: "" }), truncated: true as const };
  return { ...empty, ...fitAnswer({ text, error }, budget - jsonBytes(empty)) };
}

function fitReplay(replay: Of<"replay">, budget: number): Of<"replay"> {
  const { text, error, ...rest } = replay.message;
  const inner = { ...rest, text: "", ...(error === undefined ? {} : { error: "" }), truncated: true as const };
  const empty = { ...replay, message: inner };
  return { ...empty, message: { ...inner, ...fitAnswer({ text, error }, budget - jsonBytes(empty)) } };
}

/** `room`: what is left beside a frame whose texts are empty; their quotes are counted there. First the text is cut. */
function fitAnswer(
  { text, error }: { text: string; error?: string | undefined },
  room: number,
): { text: string; error?: string } {
  if (error === undefined) return { text: fitText(text, room) };
  const shownError = fitText(truncateMiddle(error, REMOTE_LIMITS.errorTextBytes), room);
  return { error: shownError, text: fitText(text, room - (jsonBytes(shownError) - 2)) };
}

function fitError(error: Of<"error">, budget: number): Of<"error"> {
  const cut = { ...error, message: truncateMiddle(error.message, REMOTE_LIMITS.errorTextBytes) };
  if (jsonBytes(cut) <= budget) return cut;
  const { details: _, ...bare } = cut;
  return { ...bare, message: fitText(bare.message, budget - jsonBytes({ ...bare, message: "" })) };
}

function fitFailure<Failure extends Of<"command_error"> | Of<"compaction_error">>(
  { error, ...rest }: Failure,
  budget: number,
): Failure {
  const empty = shrinkToFit(cutStrings({ ...rest, error: "" }), Math.floor(budget / 2)) as Failure;
  const text = truncateMiddle(error, REMOTE_LIMITS.errorTextBytes);
  return { ...empty, error: fitText(text, budget - jsonBytes(empty)) };
}

function fitWorktreeError(failure: Of<"worktree_session_error">, budget: number): Of<"worktree_session_error"> {
  const { error, details, ...rest } = failure;
  const cut = {
    ...rest,
    error: truncateMiddle(error, REMOTE_LIMITS.errorTextBytes),
    ...(details === undefined ? {} : { details: cutStrings(details) }),
  };
  if (jsonBytes(cut) <= budget) return cut;
  const empty = { ...rest, error: "" };
  return { ...empty, error: fitText(cut.error, budget - jsonBytes(empty)) };
}
