/** The sentences of exec-command, exec-tool and bootstrap, character for character as [CMD-exec-command-2] has them. */
import { quoteText } from "./quote-text.ts";

/** A row as sentences name it. */
interface NamedRow {
  readonly name: string;
  readonly sourceHint: string;
}

/**
 * What running the row would do, `text` being the prompt of a command or the payload of a tool: `Mirrored command 'NAME'
 * from HINT would handle prompt Q(PROMPT).`, and `Runnable` for a row with a handler [CMD-bootstrap-4].
 */
export function rowSentence(
  kind: "command" | "tool",
  row: NamedRow & { readonly handler: unknown },
  text: string,
): string {
  const state = row.handler === undefined ? "Mirrored" : "Runnable";
  const input = kind === "command" ? "prompt" : "payload";
  return `${state} ${kind} '${row.name}' from ${row.sourceHint} would handle ${input} ${quoteText(text)}.`;
}

/** What running the row did. `exitCode` is null when a signal or the limit ended it. */
export function executedSentence(
  kind: "command" | "tool",
  row: NamedRow,
  { exitCode, durationMs }: { readonly exitCode: number | null; readonly durationMs: number },
): string {
  return `Executed ${kind} '${row.name}' from ${row.sourceHint} (exit ${exitCode}, ${durationMs} ms)`;
}
