import { expect, test } from "vitest";
import { findOwnProcess, type HookOrigin } from "../../src/mcp/hook-socket/find-own-process.ts";
import { parentOf } from "../../src/mcp/hook-socket/parent-of.ts";
import { hashHookToken, type Registration } from "../../src/mcp/hook-socket/run-directory.ts";

let pid = 100;
function process_(more: Partial<Registration> & { token?: string }): Registration {
  const { token = "none", ...rest } = more;
  pid += 1;
  return { pid, parentPid: 1_000, cwd: "/work", tokenHash: hashHookToken(token), socketPath: `/run/${pid}`, ...rest };
}
const hook = (more: Partial<HookOrigin>): HookOrigin => ({
  token: undefined,
  sessionId: undefined,
  parentPids: [1, 2],
  cwd: "/work",
  ...more,
});

test("[HOOK-21] the token decides, whatever directory and parent say", () => {
  const mine = process_({ token: "t", cwd: "/elsewhere" });
  const near = process_({ parentPid: 1 });
  expect(findOwnProcess(hook({ token: "t" }), [near, mine])).toBe(mine);
  expect(findOwnProcess(hook({ token: "t", sessionId: "s" }), [near, mine])).toBe(mine);
});

test("[HOOK-21] an inherited token does not make another session's process ours", () => {
  const outer = process_({ token: "t", sessionId: "outer", parentPid: 50 });
  const inner = process_({ token: "t", sessionId: "inner", parentPid: 60 });
  expect(findOwnProcess(hook({ token: "t", sessionId: "inner" }), [outer, inner])).toBe(inner);
  expect(findOwnProcess(hook({ token: "t", sessionId: "inner", parentPids: [60, 61] }), [outer])).toBeUndefined();
  // The agent began a new session in the same process.
  expect(findOwnProcess(hook({ token: "t", sessionId: "after-clear", parentPids: [70, 50] }), [outer])).toBe(outer);
});

test("[HOOK-21] without the token's process the session id decides, then parent and directory, then nobody", () => {
  const bySession = process_({ sessionId: "s", cwd: "/elsewhere" });
  const byParent = process_({ parentPid: 2 });
  expect(findOwnProcess(hook({ token: "gone", sessionId: "s" }), [bySession, byParent])).toBe(bySession);
  expect(findOwnProcess(hook({ sessionId: "unknown" }), [bySession, byParent])).toBe(byParent);
  expect(findOwnProcess(hook({ cwd: "/other" }), [bySession, byParent])).toBeUndefined();
  expect(findOwnProcess(hook({ sessionId: "t" }), [process_({ sessionId: "s", parentPid: 2 })])).toBeUndefined();
  expect(findOwnProcess(hook({}), [])).toBeUndefined();
});

test("[HOOK-21] of several processes of one session only the one under the same parent is ours", () => {
  const old = process_({ sessionId: "s", parentPid: 7 });
  const current = process_({ sessionId: "s", parentPid: 2 });
  expect(findOwnProcess(hook({ sessionId: "s" }), [old, current])).toBe(current);
  expect(findOwnProcess(hook({ sessionId: "s", parentPids: [9] }), [old, current])).toBeUndefined();
});

test("[HOOK-21] the parent of a process is found", async () => {
  expect(await parentOf(process.pid)).toBe(process.ppid);
  expect(await parentOf(2 ** 30)).toBeUndefined();
});
