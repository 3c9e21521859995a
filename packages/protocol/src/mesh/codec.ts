/**
 * The only door between text on a socket and a typed frame. Knows nothing of sessions or rules behind the form of a
 * frame. A text is one of: a valid frame, a known type with a bad field, an unknown type, or not a frame at all.
 */
import { Compile } from "typebox/compile";
import { CLIENT_FRAME_SCHEMAS, type ClientFrame, type ClientFrameType, type RequestId } from "./client-frames.ts";

export type ParsedClientFrame =
  | { ok: true; frame: ClientFrame }
  | {
      ok: false;
      code: "bad_json" | "unknown_type" | "bad_request";
      /** Present when the text was an object: what the answer must echo. */
      type?: string;
      reqId?: RequestId;
      id?: string;
      field?: string;
      message: string;
    };

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): readonly { keyword: string; instancePath: string; message: string; params?: unknown }[];
}

const checkers: ReadonlyMap<string, Checker> = new Map(
  Object.entries(CLIENT_FRAME_SCHEMAS).map(([type, schema]) => [type, Compile(schema) as unknown as Checker]),
);

/** Frames whose optional fields sit inside nested objects. */
const NESTED_NULLS: ReadonlySet<string> = new Set(["hello", "set_agent_info"]);

/** Reads one text frame of a client ([WS-3], [FRM-5]: null for an optional field equals absence). */
export function parseClientFrame(text: string): ParsedClientFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: "bad_json", message: "the frame is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, code: "bad_json", message: "the frame is not a JSON object" };
  }
  const object = value as Record<string, unknown>;
  const type = object["type"];
  if (typeof type !== "string") return { ok: false, code: "bad_json", message: "the frame has no string `type`", ...echo(object) };
  const checker = checkers.get(type);
  if (checker === undefined) {
    return { ok: false, code: "unknown_type", message: `no request has the type '${type.slice(0, 64)}'`, ...echo(object) };
  }
  dropNulls(object, type as ClientFrameType);
  if (checker.Check(object)) return { ok: true, frame: object as unknown as ClientFrame };
  const field = firstField(checker, object);
  return { ok: false, code: "bad_request", message: `\`${field.name}\` ${field.problem}`, field: field.name, type, ...echo(object) };
}

/** Writes a frame of either side as text. */
export function encodeFrame(frame: object): string {
  return JSON.stringify(frame);
}

function echo(object: Record<string, unknown>): { reqId?: RequestId; id?: string } {
  const reqId = object["_reqId"];
  const id = object["id"];
  const isRequestId =
    (typeof reqId === "string" && reqId.length >= 1 && reqId.length <= 64) || Number.isSafeInteger(reqId);
  return {
    ...(isRequestId ? { reqId: reqId as RequestId } : {}),
    ...(typeof id === "string" && id.length <= 128 ? { id } : {}),
  };
}

function dropNulls(object: Record<string, unknown>, type: ClientFrameType): void {
  for (const key in object) {
    const value = object[key];
    if (value === null) {
      if (!(type === "set_state" && key === "value")) delete object[key];
    } else if (NESTED_NULLS.has(type) && typeof value === "object") {
      dropNestedNulls(value);
    }
  }
}

function dropNestedNulls(value: object): void {
  for (const part of Array.isArray(value) ? value : [value]) {
    if (typeof part !== "object" || part === null) continue;
    const record = part as Record<string, unknown>;
    for (const key in record) if (record[key] === null) delete record[key];
  }
}

/** The first offending field as clients name it: `groups[1].name`. */
function firstField(checker: Checker, object: object): { name: string; problem: string } {
  const error = checker.Errors(object)[0];
  if (error === undefined) return { name: "", problem: "is not well-formed" };
  let path = error.instancePath;
  let problem = error.message;
  const required = (error.params as { requiredProperties?: string[] } | undefined)?.requiredProperties?.[0];
  if (error.keyword === "required" && required !== undefined) {
    path += `/${required}`;
    problem = "is missing";
  }
  const name = path
    .slice(1)
    .split("/")
    .map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join("");
  return { name, problem };
}
