import type { Readable } from "node:stream";
import { CommandError } from "./error.ts";
import type { ReadStdinOptions } from "./context.ts";

export const maxStdinBytes = 16 * 1024 * 1024;

/**
 * Reads a stream to its end as UTF-8 [ARG-4]. Gives up on abort by throwing the signal's reason. Errors: `invalid_input`
 * for more than `maxBytes` (unless `truncate`) and for what is not UTF-8.
 */
export async function readStreamText(
  stream: Readable,
  options: ReadStdinOptions,
  signal: AbortSignal,
): Promise<string> {
  const limit = Math.min(options.maxBytes ?? maxStdinBytes, maxStdinBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      stream.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
      stream.pause();
      finish();
    };
    const onData = (chunk: Buffer | string): void => {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      chunks.push(bytes);
      size += bytes.length;
      if (size > limit) settle(resolve);
    };
    const onEnd = (): void => settle(resolve);
    const onError = (cause: Error): void => settle(() => reject(unreadable("stdin cannot be read", cause)));
    const onAbort = (): void => settle(() => reject(signal.reason as Error));
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(onEnd, options.timeoutMs);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    stream.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
    if (stream.readableEnded || stream.destroyed) onEnd();
  });
  if (size > limit && options.truncate !== true) throw unreadable(`stdin holds more than ${limit} bytes`);
  return decode(Buffer.concat(chunks, Math.min(size, limit)), size > limit || options.timeoutMs !== undefined);
}

/** One final LF or CRLF belongs to the shell, not to the prompt [ARG-4]. */
export function withoutFinalLineBreak(text: string): string {
  return text.replace(/\r?\n$/u, "");
}

function decode(bytes: Buffer, mayEndInsideCharacter: boolean): string {
  try {
    // ignoreBOM keeps U+FEFF: the prompt is used verbatim.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: mayEndInsideCharacter });
  } catch (cause) {
    throw unreadable("stdin is not valid UTF-8", cause);
  }
}

function unreadable(message: string, cause?: unknown): CommandError {
  return new CommandError({ kind: "invalid_input", target: "stdin", message, cause });
}
