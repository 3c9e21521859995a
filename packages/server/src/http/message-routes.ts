import { BROKER_ID_PATTERN, type LoggedMessageBody, type MessageLedgerBody } from "@parlatory/protocol";
import { AnswerDeadline } from "../mesh/answer-deadline.ts";
import type { LoggedMessageRow } from "../store/store.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import { toInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";
import { toSnakeCase } from "./snake-case.ts";

const DEFAULT_LIMIT = 50;

/** [HTTP-12]. */
export function messageRoutes(
  deps: Pick<HttpDeps, "messageLog" | "readLedger" | "scheduler">,
): Pick<RouteHandlers, "listMessages" | "getMessage"> {
  const deadline = new AnswerDeadline({ scheduler: deps.scheduler });
  return {
    async listMessages({ mesh, query }) {
      const page = await deps.messageLog.list(mesh.id, query.before, query.limit ?? DEFAULT_LIMIT);
      if (page === undefined) throw new HttpError("log_off");
      return { body: { messages: page.messages.map(toBody), next: page.next ?? null } };
    },
    async getMessage({ mesh, params }) {
      const id = params["id"] ?? "";
      const ledger = BROKER_ID_PATTERN.test(id) ? await deadline.within(() => deps.readLedger(mesh.id, id)) : undefined;
      if (ledger === undefined) {
        throw new HttpError(
          "not_found",
          "the mesh has no message with this id, or it is older than the ledger is kept",
        );
      }
      return { body: toSnakeCase(ledger) as MessageLedgerBody };
    },
  };
}

function toBody(message: LoggedMessageRow): LoggedMessageBody {
  return {
    id: message.id,
    sender_name: message.senderName,
    target_spec: message.targetSpec,
    kind: message.kind,
    priority: message.priority,
    text: message.text,
    created_at: toInstant(message.createdAt),
  };
}
