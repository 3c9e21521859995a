import { isSettled, type MessageStatusResult } from "@parlatory/protocol";
import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { columns } from "../output/columns.ts";
import { escapeText } from "../output/escape.ts";
import { outlookOf } from "./delivery-outlook.ts";
import { withControlClient } from "./with-control-client.ts";

export interface Explanation {
  readonly message_id: string;
  readonly mesh: string;
  readonly target: string;
  readonly kind: string;
  readonly priority: string;
  readonly delivered: boolean;
  readonly delivered_at: string | null;
  readonly recipients: readonly ExplainedRecipient[];
}

interface ExplainedRecipient {
  readonly name: string;
  readonly key: string;
  readonly state: string;
  readonly reason: string | null;
  readonly offers: number;
  readonly path: readonly { readonly state: string; readonly at: string; readonly reason: string | null }[];
  readonly next_event: string | null;
  readonly advice: string;
}

/** The ledger of one message with what it means [CLI-20]. Errors: `message_not_found`, those of a one-shot connection. */
export async function explainMessage(
  context: CommandContext,
  { messageId, mesh: wanted }: { readonly messageId: string; readonly mesh: string | undefined },
): Promise<Explanation> {
  const mesh = chooseMesh(context, await loadConfig(context.home), wanted);
  const subject = {
    target: messageId,
    operation: "explain",
    notFound: "message_not_found",
    payload: () => ({ message_id: messageId }),
  } as const;
  const status = await withControlClient(context, { mesh, subject }, (client) => client.messageStatus(messageId));
  return {
    message_id: status.messageId,
    mesh: mesh.slug,
    target: status.targetSpec,
    kind: status.kind,
    priority: status.priority,
    delivered: status.delivered,
    delivered_at: status.deliveredAt,
    recipients: status.recipients.map((row) => explain(row, status)),
  };
}

function explain(
  row: MessageStatusResult["recipients"][number],
  { priority }: MessageStatusResult,
): ExplainedRecipient {
  const { name, pubkey, state, reason, offers, path } = row;
  const { nextEvent, advice } = outlookOf({ state, reason, priority });
  return {
    name,
    key: pubkey,
    state,
    reason: reason ?? null,
    offers,
    path: path.map((step) => ({ state: step.state, at: step.at, reason: step.reason ?? null })),
    next_event: isSettled(state) ? null : nextEvent,
    advice,
  };
}

/** Lines for people: what it is, then each recipient with its path and the outlook. */
export function renderExplanation(explanation: Explanation): string[] {
  const { message_id: id, mesh, target, kind, priority, delivered, delivered_at: at, recipients } = explanation;
  const verdict = delivered ? `delivered at ${at ?? "an unknown time"}` : "not seen by all recipients";
  return [
    `${escapeText(id)}: ${kind} message to ${escapeText(target)} in '${mesh}', priority ${priority}: ${verdict}`,
    ...recipients.flatMap((recipient) => [
      "",
      `${escapeText(recipient.name)} ${recipient.key}`,
      ...columns(
        ["WHEN", "STATE", "REASON"],
        recipient.path.map((step) => [step.at, step.state, step.reason]),
      ).map((line) => `  ${line}`),
      `  offered ${recipient.offers === 1 ? "once" : `${recipient.offers} times`}`,
      ...(recipient.next_event === null ? [] : [`  next: ${recipient.next_event}`]),
      `  do:   ${recipient.advice}`,
    ]),
  ];
}
