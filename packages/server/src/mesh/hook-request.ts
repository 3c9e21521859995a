import { createHash } from "node:crypto";
import type { PeerStatus } from "@parlatory/protocol";
import { parseBody, toObject } from "./desk-answer.ts";

const TOKEN = /^[A-Za-z0-9_-]{32,128}$/;
const MAX_CWD_CHARS = 4_096;
const MAX_SESSION_ID_CHARS = 128;

export interface HookRequest {
  cwd: string;
  status: PeerStatus;
  pid: number | undefined;
  /** The agent's own session id. */
  sessionId: string | undefined;
  /** SHA-256 of the token, which is not kept. */
  tokenHash: string | undefined;
}

export type ParsedHook = { ok: true; hook: HookRequest } | { ok: false; status: 400 | 200; error: string };

/** Reads the body of a status hook ([HOOK-1], [HOOK-2]); `null` equals absence. */
export function parseHookRequest(body: string): ParsedHook {
  const parsed = parseBody(body);
  if (parsed === undefined) return { ok: false, status: 400, error: "bad_json" };
  const fields = toObject(parsed.value);
  if (fields === undefined) return badRequest;
  const { cwd, status, pid, session_id: sessionId, token } = fields;
  if (
    !isText(cwd, MAX_CWD_CHARS) ||
    !isText(status, 64) ||
    !isText(sessionId, MAX_SESSION_ID_CHARS) ||
    !isText(token, 128)
  ) {
    return badRequest;
  }
  if (isGiven(pid) && !Number.isSafeInteger(pid)) return badRequest;
  if (isGiven(token) && !TOKEN.test(token)) return badRequest;
  if (isGiven(status) && status !== "" && status !== "idle" && status !== "working" && status !== "dnd") {
    return { ok: false, status: 400, error: "bad_status" };
  }
  if (!isGiven(cwd) || cwd === "" || !isGiven(status) || status === "") {
    return { ok: false, status: 200, error: "cwd and status required" };
  }
  return {
    ok: true,
    hook: {
      cwd,
      status: status as PeerStatus,
      pid: isGiven(pid) ? (pid as number) : undefined,
      sessionId: isGiven(sessionId) && sessionId !== "" ? sessionId : undefined,
      tokenHash: isGiven(token) ? hashHookToken(token) : undefined,
    },
  };
}

/** The form in which hook tokens are kept and compared ([HELLO-8]). */
function hashHookToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

const badRequest: ParsedHook = { ok: false, status: 400, error: "bad_request" };

function isGiven<Value>(value: Value): value is Exclude<Value, null | undefined> {
  return value !== undefined && value !== null;
}

/** Absent, or a text of at most that many UTF-16 units. */
function isText(value: unknown, maxChars: number): value is string | null | undefined {
  return !isGiven(value) || (typeof value === "string" && value.length <= maxChars);
}
