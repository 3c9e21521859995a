import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REMOTE_CLIENT_MESSAGE_SCHEMAS } from "../../src/remote/client-messages.ts";
import { parseRemoteMessage } from "../../src/remote/codec.ts";

const UPPER = "1F4A0F0E-6F0B-4F63-8F0F-5A9A3C1D2E77";
const LOWER = UPPER.toLowerCase();
const parse = (message: unknown) => parseRemoteMessage(JSON.stringify(message));

describe("what is no message", () => {
  test("[CONN-3] text that is no JSON says why", () => {
    const parsed = parseRemoteMessage("{oops");
    expect(parsed).toMatchObject({ ok: false, code: "invalid_json" });
    expect(!parsed.ok && parsed.text).toMatch(/^Error processing message: .+/);
  });

  test.each([[[]], [17], ["connect"], [null], [{}], [{ type: 5 }], [{ type: null }], [{ kind: "ping" }]])(
    "[CONN-3] %j has no type",
    (message) => {
      expect(parse(message)).toEqual({ ok: false, code: "unknown_type", text: "Unknown message type: " });
    },
  );

  test.each(["telepathy", "", "Ping", "toString", "__proto__", "message_ack "])(
    "[CONN-3] the type %j is unknown",
    (type) => {
      expect(parseRemoteMessage(`{"type":${JSON.stringify(type)}}`)).toEqual({
        ok: false,
        code: "unknown_type",
        text: `Unknown message type: ${type}`,
      });
    },
  );

  test("[CONN-3] whatever the text, there is an answer and no exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof parseRemoteMessage(text).ok === "boolean"),
    );
  });
});

describe("fields", () => {
  test("[CONN-4] unknown ones are ignored", () => {
    expect(parse({ type: "ping", colour: "red" })).toMatchObject({ ok: true, message: { type: "ping" } });
  });

  test("[CONN-4] an optional one that is null is absent", () => {
    const parsed = parse({ type: "subscribe", session_id: LOWER, last_seq: null, limit: null });
    expect(parsed).toEqual({ ok: true, message: { type: "subscribe", session_id: LOWER } });
  });

  test("[CONN-4] a required one that is missing, or null, is named", () => {
    for (const message of [{ type: "subscribe" }, { type: "subscribe", session_id: null }]) {
      expect(parse(message)).toEqual({
        ok: false,
        type: "subscribe",
        code: "missing_field",
        text: "session_id required in subscribe message",
      });
    }
  });

  test.each<[Record<string, unknown>, string]>([
    [{ type: "subscribe", session_id: 5 }, "session_id must be a string in subscribe message"],
    [{ type: "subscribe", session_id: "x", limit: 0 }, "limit must be an integer from 1 to 1000 in subscribe message"],
    [
      { type: "subscribe", session_id: "x", limit: 1_001 },
      "limit must be an integer from 1 to 1000 in subscribe message",
    ],
    [
      { type: "subscribe", session_id: "x", last_seq: -1 },
      "last_seq must be an integer of 0 or more in subscribe message",
    ],
    [
      { type: "subscribe", session_id: "x", last_seq: 1.5 },
      "last_seq must be an integer of 0 or more in subscribe message",
    ],
    [{ type: "prompt", prompt_id: "17" }, "prompt_id must be a UUID in prompt message"],
    [{ type: "prompt", force: "yes" }, "force must be true or false in prompt message"],
    [{ type: "connect", capabilities: [1] }, "capabilities must be a list of strings in connect message"],
    [
      { type: "permission_response", request_id: LOWER, decision: "maybe" },
      "decision must be one of allow, deny in permission_response message",
    ],
  ])("[CONN-4] %j is told what it should be", (message, text) => {
    expect(parse(message)).toMatchObject({ ok: false, type: message["type"], code: "invalid_field", text });
  });

  test("[NAME-3] ids come out in lower case, and other texts as they were", () => {
    const parsed = parse({
      type: "subscribe",
      session_id: UPPER,
      last_message_id: UPPER,
      before_message_id: "Turn-7",
      log_id: "ABC",
    });
    expect(parsed).toEqual({
      ok: true,
      message: {
        type: "subscribe",
        session_id: LOWER,
        last_message_id: LOWER,
        before_message_id: "Turn-7",
        log_id: "ABC",
      },
    });
  });

  test("[NAME-2] what is relayed keeps its keys and values", () => {
    const updated = { fooBar: null, session_id: UPPER, "a-b": [{ Type: 1 }] };
    expect(
      parse({ type: "permission_response", request_id: LOWER, decision: "allow", updated_input: updated }),
    ).toMatchObject({
      ok: true,
      message: { updated_input: updated },
    });
  });

  test("[CONN-4] older spellings of two types are the same messages", () => {
    expect(parse({ type: "message-ack", message_id: UPPER })).toEqual({
      ok: true,
      message: { type: "message_ack", message_id: LOWER },
    });
    expect(parse({ type: "set-directory", path: "~/shop" })).toEqual({
      ok: true,
      message: { type: "set_directory", path: "~/shop" },
    });
  });
});

describe("correlation ids", () => {
  test("[CONN-8] any message may carry one", () => {
    for (const type of Object.keys(REMOTE_CLIENT_MESSAGE_SCHEMAS)) {
      const parsed = parse({ type, correlation_id: "c-1" });
      expect(parsed.ok ? parsed.message.correlation_id : parsed.correlationId).toBe("c-1");
    }
  });

  test("[CONN-8] errors of form know it, where it is one", () => {
    expect(parse({ type: "subscribe", correlation_id: "c-1" })).toMatchObject({ correlationId: "c-1" });
    expect(parse({ type: "telepathy", correlation_id: "c-1" })).toMatchObject({ correlationId: "c-1" });
    expect(parse({ correlation_id: "c-1" })).toMatchObject({ correlationId: "c-1" });
    for (const correlation_id of [5, "x".repeat(65)]) {
      expect(parse({ type: "telepathy", correlation_id })).not.toHaveProperty("correlationId");
    }
  });

  test("[CONN-8] one that is too long is a field of the wrong form", () => {
    expect(parse({ type: "ping", correlation_id: "x".repeat(64) }).ok).toBe(true);
    expect(parse({ type: "ping", correlation_id: "x".repeat(65) })).toMatchObject({
      ok: false,
      text: "correlation_id must be a string of at most 64 characters in ping message",
    });
  });
});
