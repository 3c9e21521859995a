/** From what went wrong to the frames that say so ([RLIM-7]). */
import {
  REMOTE_ERROR_CODES,
  RemoteError,
  type RemoteErrorCode,
  type RemoteServerMessage,
  type RemoteServerMessageOf,
} from "@parlatory/protocol/remote";
import { CommandRefusedError } from "../../commands/command-desk.ts";
import { SessionLockedError } from "../../sessions/run-desk.ts";
import { StoreUnavailableError } from "../../store/store.ts";
import { toSessionLocked } from "./wire/run-wire.ts";

export function toError(
  code: RemoteErrorCode,
  message: string,
  more: { sessionId?: string | undefined; details?: Readonly<Record<string, unknown>> | undefined } = {},
): RemoteServerMessageOf<"error"> {
  return {
    type: "error",
    message,
    code,
    ...(more.sessionId === undefined ? {} : { session_id: more.sessionId }),
    retryable: REMOTE_ERROR_CODES[code].retryable,
    ...(more.details === undefined ? {} : { details: more.details }),
  };
}

/** The answer that a failure stands for; undefined for a defect of ours. */
export function toRefusal(error: unknown): RemoteServerMessage | undefined {
  if (error instanceof RemoteError) return toError(error.code, error.message, error);
  if (error instanceof SessionLockedError) return toSessionLocked(error);
  if (error instanceof CommandRefusedError) {
    const { commandId, commandSessionId, message } = error;
    return {
      type: "command_error",
      command_id: commandId,
      error: message,
      ...(commandSessionId === undefined ? {} : { command_session_id: commandSessionId }),
    };
  }
  if (error instanceof StoreUnavailableError) {
    return toError("io_error", "The database does not answer: nothing was recorded or started; try again");
  }
  if (isFullDisk(error)) {
    return toError(
      "io_error",
      `The disk does not take what had to be written (${error.code}); free some space and try again`,
    );
  }
  return undefined;
}

const DISK_CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO"]);

function isFullDisk(error: unknown): error is Error & { code: string } {
  return error instanceof Error && DISK_CODES.has((error as NodeJS.ErrnoException).code ?? "");
}
