import { expect } from "vitest";
import { compileJsonSchema, REMOTE_SERVER_MESSAGE_SCHEMAS } from "@parlatory/protocol/schemas";
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";

export type HistoryFrame = RemoteServerMessageOf<"session_history">;
export type UpdatedFrame = RemoteServerMessageOf<"session_updated">;

const checkHistory = checkOf("session_history");
const checkUpdated = checkOf("session_updated");

function checkOf(type: "session_history" | "session_updated"): (message: unknown) => string[] {
  return compileJsonSchema({ ...REMOTE_SERVER_MESSAGE_SCHEMAS[type] });
}

/** Reads a frame and checks that it is what the protocol publishes. */
export function readFrame(frame: string): HistoryFrame {
  const message: unknown = JSON.parse(frame);
  expect(checkHistory(message)).toEqual([]);
  return message as HistoryFrame;
}

export function readUpdated(frame: string): UpdatedFrame {
  const message: unknown = JSON.parse(frame);
  expect(checkUpdated(message)).toEqual([]);
  return message as UpdatedFrame;
}
