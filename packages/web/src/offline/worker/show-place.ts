import type { WorkerWindow, WorkerWindows } from "./worker-scope.ts";

/** Brings a window of the app forward and lets it go to a place, without a reload; opens one when there is none. */
export async function showPlace(windows: WorkerWindows, path: string): Promise<void> {
  const all = await windows.matchAll({ type: "window", includeUncontrolled: true });
  const found = all.toSorted((a, b) => rank(a) - rank(b))[0];
  if (found === undefined) {
    await windows.openWindow(path);
    return;
  }
  found.postMessage({ type: "open", path });
  // A browser may refuse; then the window shows the place behind the others.
  await found.focus().catch(() => undefined);
}

function rank({ focused, visibilityState }: WorkerWindow): number {
  if (focused) return 0;
  return visibilityState === "visible" ? 1 : 2;
}
