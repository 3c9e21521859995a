/**
 * The only door between text on a remote socket and a typed message ([CONN-2] to [CONN-4]). Knows nothing of sockets or of
 * rules behind the form of a message. A text is one of: a message, a known type with a bad field, an unknown type, no
 * object with a type, or no JSON.
 */
import { checkInput, type InputCheck } from "../validation/input-check.ts";
import { firstProblem, type PlainSchema } from "../validation/first-problem.ts";
import type { RemoteClientMessage, RemoteClientMessageType } from "./client-messages.ts";
import { REMOTE_CLIENT_MESSAGE_CHECKS } from "./client-message-checks.generated.ts";
import type { RemoteErrorCode } from "./error-codes.ts";
import { lowerUuid } from "./names.ts";

export type ParsedRemoteMessage =
  | { ok: true; message: RemoteClientMessage }
  | {
      ok: false;
      code: Extract<RemoteErrorCode, "invalid_json" | "unknown_type" | "missing_field" | "invalid_field">;
      /** As the contract words it. */
      text: string;
      /** Present when the type is a known one. */
      type?: RemoteClientMessageType;
      correlationId?: string;
    };

const checks: ReadonlyMap<string, InputCheck> = new Map(Object.entries(REMOTE_CLIENT_MESSAGE_CHECKS));
/** Spellings of older clients (section 24). */
const oldSpellings: ReadonlyMap<string, RemoteClientMessageType> = new Map([
  ["message-ack", "message_ack"],
  ["set-directory", "set_directory"],
]);
/** Fields that hold a UUID where they have its form ([NAME-3]). */
const idFields = [
  "session_id",
  "resume_session_id",
  "new_session_id",
  "prompt_id",
  "run_id",
  "message_id",
  "request_id",
  "last_message_id",
  "before_message_id",
] as const;
const maxCorrelationChars = 64;

/** Reads one text frame of a client. `null` for an optional field is absence, UUIDs come out in lower case. */
export function parseRemoteMessage(text: string): ParsedRemoteMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return { ok: false, code: "invalid_json", text: `Error processing message: ${(thrown as SyntaxError).message}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, code: "unknown_type", text: "Unknown message type: " };
  }
  const object = value as Record<string, unknown>;
  const echo = correlationOf(object);
  const given = object["type"];
  if (typeof given !== "string") return { ok: false, code: "unknown_type", text: "Unknown message type: ", ...echo };
  const type = oldSpellings.get(given) ?? given;
  const check = checks.get(type);
  if (check === undefined) return { ok: false, code: "unknown_type", text: `Unknown message type: ${given}`, ...echo };
  object["type"] = type;
  for (const name of Object.keys(object)) if (object[name] === null) delete object[name];
  if (checkInput(check, object).ok) {
    for (const name of idFields) {
      const id = object[name];
      if (typeof id === "string") object[name] = lowerUuid(id);
    }
    return { ok: true, message: object as unknown as RemoteClientMessage };
  }
  return { ok: false, type: type as RemoteClientMessageType, ...describeProblem(check.schema, object, type), ...echo };
}

function describeProblem(
  schema: PlainSchema,
  object: Record<string, unknown>,
  type: string,
): { code: "missing_field" | "invalid_field"; text: string } {
  const problem = firstProblem(schema, object) ?? { field: "type", text: "must be well-formed" };
  if (problem.text === "is missing") {
    return { code: "missing_field", text: `${problem.field} required in ${type} message` };
  }
  const [, name = ""] = /^([a-z0-9_]+)/.exec(problem.field) ?? [];
  const expected = schema.properties?.[name]?.description;
  const text = expected === undefined ? `${problem.field} ${problem.text}` : `${name} must be ${expected}`;
  return { code: "invalid_field", text: `${text} in ${type} message` };
}

function correlationOf(object: Record<string, unknown>): { correlationId?: string } {
  const id = object["correlation_id"];
  return typeof id === "string" && id.length <= maxCorrelationChars ? { correlationId: id } : {};
}
