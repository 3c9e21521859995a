/** Answers to the questions of agents ([APPROVE-1] to [APPROVE-9]). */
import { RemoteError, type RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { jsonBytes } from "../frames/cut-strings.ts";
import { takeJsonPrefix } from "../frames/take-json-prefix.ts";
import type { Routes } from "../route.ts";
import { toPermissionRequest, toPermissionResolved } from "../wire/run-wire.ts";

export const PERMISSION_ROUTES: Routes<"permission_response" | "get_permission_request" | "list_permissions"> = {
  permission_response: {
    turn: "ordered",
    async handle({ peer, services, correlationId, answer }, message) {
      const { request_id: requestId, decision, scope = "once", message: said, updated_input: updated } = message;
      // It counts only with `allow` ([APPROVE-3]).
      const updatedInput = decision === "allow" ? updated : undefined;
      if (updatedInput !== undefined && !isObject(updatedInput)) {
        throw new RemoteError("invalid_field", "updated_input must be an object in permission_response message");
      }
      const awaited = services.pushes.awaited.await("permission_resolved", requestId, peer, correlationId);
      try {
        const resolved = await services.runs.answerPermission({
          requestId,
          decision,
          scope,
          message: said,
          updatedInput,
          asker: peer.asker,
        });
        if (!awaited.wasSent) answer(toPermissionResolved(resolved));
      } finally {
        awaited.end();
      }
    },
  },
  get_permission_request: {
    turn: "aside",
    async handle({ peer, services, form, answer }, { request_id: requestId, offset = 0 }) {
      await peer.whenRoomy();
      const { input } = await services.runs.findPermission(requestId);
      const whole = Buffer.from(JSON.stringify(input), "utf8");
      const empty: RemoteServerMessageOf<"permission_input"> = {
        type: "permission_input",
        request_id: requestId,
        input_json: "",
        offset,
        next_offset: whole.length,
      };
      const room = form().budgetBytes - jsonBytes(empty);
      const { text, bytes } = takeJsonPrefix(whole, offset, room);
      const next = offset + bytes;
      answer({ ...empty, input_json: text, next_offset: next < whole.length ? next : null });
    },
  },
  list_permissions: {
    turn: "ordered",
    handle({ services, answer }) {
      const pending = services.runs.listPermissions();
      for (const request of pending) answer(toPermissionRequest(request));
      answer({ type: "ack", message: `${pending.length} pending` });
    },
  },
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
