import { expect, test } from "vitest";
import { showPlace } from "../../../src/offline/worker/show-place.ts";
import type { WorkerWindow } from "../../../src/offline/worker/worker-scope.ts";

function openWindows(...given: { name: string; focused?: boolean; hidden?: boolean; refuses?: boolean }[]) {
  const seen: string[] = [];
  const all = given.map(({ name, focused = false, hidden = false, refuses = false }): WorkerWindow => ({
    focused,
    visibilityState: hidden ? "hidden" : "visible",
    postMessage: ({ path }) => void seen.push(`${name} shows ${path}`),
    focus: () => {
      if (refuses) return Promise.reject(new Error("not allowed"));
      seen.push(`${name} is in front`);
      return Promise.resolve();
    },
  }));
  const windows = {
    matchAll: () => Promise.resolve(all),
    openWindow: (path: string) => Promise.resolve(void seen.push(`a new one shows ${path}`)),
    claim: () => Promise.resolve(),
  };
  return { windows, seen };
}

test("[PUSH-2] a tapped notification is shown by the window in use, else a visible one, else any, else a new one", async () => {
  const inUse = openWindows({ name: "a", hidden: true }, { name: "b" }, { name: "c", focused: true });
  await showPlace(inUse.windows, "/sessions/1");
  expect(inUse.seen).toEqual(["c shows /sessions/1", "c is in front"]);
  const visible = openWindows({ name: "a", hidden: true }, { name: "b" });
  await showPlace(visible.windows, "/sessions/1");
  expect(visible.seen).toEqual(["b shows /sessions/1", "b is in front"]);
  const none = openWindows();
  await showPlace(none.windows, "/sessions/1");
  expect(none.seen).toEqual(["a new one shows /sessions/1"]);
});

test("a window that may not come forward shows the place behind the others", async () => {
  const { windows, seen } = openWindows({ name: "a", hidden: true, refuses: true });
  await showPlace(windows, "/sessions/1");
  expect(seen).toEqual(["a shows /sessions/1"]);
});
