/** What a service worker has, as far as ours needs it: the compiler's own description of it contradicts that of a page. */

export interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
export interface WorkerFetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
export interface WorkerPushEvent extends WorkerEvent {
  readonly data: { text(): string } | null;
}
export interface WorkerNotificationEvent extends WorkerEvent {
  readonly notification: Pick<Notification, "close" | "data">;
}
export interface WorkerMessageEvent extends WorkerEvent {
  readonly data: unknown;
}

export interface WorkerWindow {
  readonly focused: boolean;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<unknown>;
  postMessage(message: WorkerMessage): void;
}
export interface WorkerWindows {
  matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly WorkerWindow[]>;
  openWindow(path: string): Promise<unknown>;
  claim(): Promise<void>;
}

/** From the worker to a page: show this place. */
export interface WorkerMessage {
  readonly type: "open";
  readonly path: string;
}
/** From a page to the worker: take over now. */
export interface PageMessage {
  readonly type: "skip_waiting";
}

export interface WorkerScope {
  readonly location: { readonly origin: string };
  readonly caches: CacheStorage;
  readonly clients: WorkerWindows;
  readonly navigator: { setAppBadge?: () => Promise<void> };
  readonly registration: { showNotification(title: string, options: object): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: WorkerFetchEvent) => void): void;
  addEventListener(type: "push", listener: (event: WorkerPushEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: WorkerNotificationEvent) => void): void;
  addEventListener(type: "message", listener: (event: WorkerMessageEvent) => void): void;
}
