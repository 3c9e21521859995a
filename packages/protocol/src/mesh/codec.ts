/**
 * The only door between text on a socket and a typed frame. Knows nothing of sessions or rules behind the form of a
 * frame. A text is one of: a valid frame, a known type with a bad field, an unknown type, or not a frame at all.
 */
import { checkInput, type InputCheck } from "../validation/input-check.ts";
import { CLIENT_FRAME_CHECKS } from "./client-frame-checks.generated.ts";
import type { ClientFrame, ClientFrameType, RequestId } from "./client-frames.ts";

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

const checks: ReadonlyMap<string, InputCheck> = new Map(Object.entries(CLIENT_FRAME_CHECKS));

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
  if (typeof type !== "string") {
    return { ok: false, code: "bad_json", message: "the frame has no string `type`", ...echo(object) };
  }
  const check = checks.get(type);
  if (check === undefined) {
    return {
      ok: false,
      code: "unknown_type",
      message: `no request has the type '${type.slice(0, 64)}'`,
      ...echo(object),
    };
  }
  dropNulls(object, type as ClientFrameType);
  const checked = checkInput(check, object);
  if (checked.ok) return { ok: true, frame: object as unknown as ClientFrame };
  const { field, problem } = checked;
  return { ok: false, code: "bad_request", message: `\`${field}\` ${problem}`, field, type, ...echo(object) };
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
