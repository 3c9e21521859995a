import type { Readable } from "node:stream";
import { CommandError } from "./error.ts";
import { maxStdinBytes } from "./stdin-text.ts";

/**
 * The lines of a stream, without their line ends, as they come; ends with the stream or on abort. What is behind the last
 * line end is a line too. Errors: `invalid_input` for a line of more than 16 MiB and for what is not UTF-8.
 */
export async function* readStreamLines(stream: Readable, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw unreadable("stdin is not valid UTF-8", cause);
    }
  };
  let rest = "";
  for await (const chunk of chunksOf(stream, signal)) {
    rest += decode(chunk);
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.replace(/\r$/u, "");
    if (rest.length > maxStdinBytes) throw unreadable(`a line of stdin holds more than ${maxStdinBytes} bytes`);
  }
  if (signal.aborted) return;
  rest += decode();
  if (rest !== "") yield rest;
}

/** Reads one chunk at a time, so that nothing piles up here; leaves the stream alone in the end. */
async function* chunksOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
  const onAbort = (): void => abort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal.aborted) {
      const chunk = stream.read() as Buffer | string | null;
      if (chunk !== null) {
        yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      } else if (stream.readableEnded || stream.destroyed) {
        return;
      } else {
        const change = nextChange(stream);
        await Promise.race([change.happened, aborted]);
        change.stop();
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function nextChange(stream: Readable): { readonly happened: Promise<void>; stop(): void } {
  const { promise: happened, resolve, reject } = Promise.withResolvers<void>();
  const onChange = (): void => resolve();
  const onError = (cause: Error): void => reject(unreadable("stdin cannot be read", cause));
  stream.on("readable", onChange).on("end", onChange).on("close", onChange).on("error", onError);
  return {
    happened,
    stop: () => {
      stream.off("readable", onChange).off("end", onChange).off("close", onChange).off("error", onError);
    },
  };
}

function unreadable(message: string, cause?: unknown): CommandError {
  return new CommandError({ kind: "invalid_input", target: "stdin", message, cause });
}
