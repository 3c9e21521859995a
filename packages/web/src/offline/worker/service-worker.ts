/**
 * The app's service worker: starts the app without its server, and shows pushes while no page is open. Built as a file of
 * its own, `/sw.js`, with the list of the build's files in it. A new one waits until a person wants it or no page is left.
 */
import { readPush, pathOf } from "./push-notification.ts";
import { ShellCache, type ShellManifest } from "./shell-cache.ts";
import { showPlace } from "./show-place.ts";
import type { WorkerScope } from "./worker-scope.ts";

/** Put in by the build. */
declare const shellManifest: ShellManifest;

const scope = globalThis as unknown as WorkerScope;
const shell = new ShellCache({
  origin: scope.location.origin,
  caches: scope.caches,
  fetch: (request, options) => fetch(request, options),
  startTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  manifest: shellManifest,
});

scope.addEventListener("install", (event) => event.waitUntil(shell.install()));
scope.addEventListener("activate", (event) => event.waitUntil(shell.activate().then(() => scope.clients.claim())));
scope.addEventListener("fetch", (event) => {
  const answer = shell.answer(event.request);
  if (answer !== undefined) event.respondWith(answer);
});
scope.addEventListener("message", (event) => {
  const { data } = event;
  const isWanted = typeof data === "object" && data !== null && "type" in data && data.type === "skip_waiting";
  if (isWanted) event.waitUntil(scope.skipWaiting());
});
scope.addEventListener("push", (event) => {
  const { title, options, needsInput } = readPush(event.data?.text());
  const badge = needsInput ? scope.navigator.setAppBadge?.() : undefined;
  event.waitUntil(Promise.all([scope.registration.showNotification(title, options), badge?.catch(() => undefined)]));
});
scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data as { path?: unknown } | null;
  event.waitUntil(showPlace(scope.clients, pathOf(data?.path)));
});
