import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { toMessageRow, type MessageRow } from "./message-row.ts";
import { withControlClient } from "./with-control-client.ts";

const defaultMax = 50;

/** Fetches and acknowledges what waits for the member key [CLI-17]. Errors: those of a one-shot connection. */
export async function fetchMessages(
  context: CommandContext,
  { max = defaultMax, mesh: wanted }: { readonly max: number | undefined; readonly mesh: string | undefined },
): Promise<{ mesh: string; count: number; messages: MessageRow[]; remaining: number }> {
  const mesh = chooseMesh(context, await loadConfig(context.home), wanted);
  const messages: MessageRow[] = [];
  const remaining = await withControlClient(context, { mesh, subject: { operation: "pull" } }, async (client) => {
    client.on("message", (message) => {
      messages.push(toMessageRow(message));
      message.surfaced();
    });
    client.on("warning", (warning) => context.warn(warning.kind, warningText(warning)));
    return (await client.pull(max)).remaining;
  });
  return { mesh: mesh.slug, count: messages.length, messages, remaining };
}

export function warningText(warning: {
  readonly kind: string;
  readonly senderPubkey?: string;
  readonly reason?: string;
  readonly message?: string;
}): string {
  if (warning.kind === "undecryptable") {
    return `a message from key ${warning.senderPubkey ?? "unknown"} could not be opened: ${warning.reason ?? "unknown reason"}`;
  }
  return warning.message ?? warning.kind;
}
