/** A push as a notification ([PUSH-2]). Whatever the payload is, one is shown: a browser takes the right away otherwise. */

export interface PushNotification {
  readonly title: string;
  readonly options: {
    readonly body: string;
    /** One per session: a later one takes the place of the earlier. */
    readonly tag: string;
    readonly renotify: boolean;
    readonly requireInteraction: boolean;
    readonly icon: string;
    readonly badge: string;
    readonly timestamp?: number;
    readonly data: { readonly path: string };
  };
  /** An agent waits for an answer. */
  readonly needsInput: boolean;
}

const icon = "/icon-192.png";
const badge = "/icon-badge.png";
const fallbackPath = "/sessions";
const sessionPath = /^\/sessions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function readPush(text: string | undefined): PushNotification {
  const { event, session_id: sessionId, title, body, at, url } = readObject(text);
  const needsInput = event === "needs_input";
  const timestamp = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return {
    title: typeof title === "string" && title !== "" ? title : "Parlatory",
    options: {
      body: typeof body === "string" ? body : "Something happened in a session.",
      tag: typeof sessionId === "string" ? sessionId : "parlatory",
      renotify: true,
      requireInteraction: needsInput,
      icon,
      badge,
      ...(Number.isNaN(timestamp) ? {} : { timestamp }),
      data: { path: pathOf(url) },
    },
    needsInput,
  };
}

/** Only ever a session's page of this very app, wherever the address points. */
export function pathOf(address: unknown): string {
  if (typeof address !== "string" || !URL.canParse(address, "http://localhost")) return fallbackPath;
  const path = new URL(address, "http://localhost").pathname.toLowerCase();
  return sessionPath.test(path) ? path : fallbackPath;
}

function readObject(text: string | undefined): Record<string, unknown> {
  try {
    const value = JSON.parse(text ?? "") as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
