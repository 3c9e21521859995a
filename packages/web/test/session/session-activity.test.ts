import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { expect, test } from "vitest";
import { describeRetry } from "../../src/session/describe-retry.ts";
import { describeMoney, describeRun } from "../../src/session/describe-usage.ts";
import { sessionActivity } from "../../src/session/session-activity.ts";

function session(change: Partial<RemoteSessionDetail>): RemoteSessionDetail {
  return { state: "idle", session_busy_elsewhere: false, ...change } as RemoteSessionDetail;
}
const lock = { sinceMs: 0, heardMs: 0, holder: undefined, runId: undefined, sends: 1, looksStuck: false };

test("[CLIENT-6] a session is busy by what the server says, and from sending on before it does", () => {
  const kinds = [
    sessionActivity(undefined, undefined),
    sessionActivity(session({}), undefined),
    sessionActivity(session({}), lock),
    sessionActivity(undefined, lock),
    sessionActivity(session({}), { ...lock, holder: "compaction" }),
    sessionActivity(session({ state: "waiting_permission" }), lock),
    sessionActivity(session({ state: "running" }), undefined),
    sessionActivity(session({ session_busy_elsewhere: true }), undefined),
    sessionActivity(session({}), { ...lock, holder: "elsewhere" }),
    sessionActivity(session({ state: "gone" }), undefined),
  ].map(({ kind, isBusy, canStop }) => `${kind} ${isBusy} ${canStop}`);
  expect(kinds).toEqual([
    "unknown false false",
    "idle false false",
    "running true true",
    "running true true",
    "compacting true false",
    "asking true true",
    "running true true",
    "elsewhere true false",
    "elsewhere true false",
    "gone false false",
  ]);
});

test("[PROMPT-15] [PROMPT-16] what an agent does not report is left out, and small amounts are not rounded away", () => {
  expect(describeRun({ usage: undefined, totalCostUsd: undefined })).toBeUndefined();
  expect(describeRun({ usage: { input_tokens: 1234, output_tokens: 5 }, totalCostUsd: 0.0121 })).toBe(
    "1,234 in · 5 out · $0.0121",
  );
  const usage = { input_tokens: 1, output_tokens: 2, cache_read_input_tokens: 3, cache_creation_input_tokens: 0 };
  expect(describeRun({ usage, totalCostUsd: undefined })).toBe("1 in · 2 out · 3 read from cache");
  expect([0, 12.345].map(describeMoney)).toEqual(["$0.00", "$12.35"]);
});

test("[AGENT-9] what is known of a retry is said", () => {
  expect(describeRetry({ attempt: 2, max_attempts: 4, delay_ms: 2_600, status: 529 })).toBe(
    "The agent tries its model’s service again, attempt 2 of 4, after 3 s. It answered with status 529.",
  );
  expect(describeRetry({ attempt: null, max_attempts: null, delay_ms: null, status: null })).toBe(
    "The agent tries its model’s service again.",
  );
});
