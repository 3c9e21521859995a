/** What is told to a person who is not looking ([PUSH-2]). It holds no key, path or tool input, and text only where asked. */

export const PUSH_EVENTS = ["needs_input", "turn_complete", "failed"] as const;

export type PushEvent = (typeof PUSH_EVENTS)[number];

/** Something that happened, before it is known whom it is told and with how many words. */
export interface Occurrence {
  /** The same over all targets and retries ([PUSH-4]). */
  readonly eventId: string;
  readonly event: PushEvent;
  readonly sessionId: string;
  readonly at: number;
  /** The summary of a question, or the reply; told only where `include_text` is set. */
  readonly text: string;
}

export interface Notification extends Omit<Occurrence, "text"> {
  readonly sessionName: string;
  readonly agent: string;
  readonly priority: "high" | "normal";
  readonly title: string;
  readonly body: string;
  /** The web app's address of the session. */
  readonly url: string;
}

const PHRASES: Readonly<Record<PushEvent, string>> = {
  needs_input: "The agent asks for your permission.",
  turn_complete: "The agent has finished.",
  failed: "The prompt has failed.",
};

const MAX_TEXT_CODE_POINTS = 200;
const MAX_TITLE_CODE_POINTS = 100;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

export function toNotification(
  { text, ...occurrence }: Occurrence,
  session: { readonly name: string; readonly agent: string; readonly url: string },
  includesText: boolean,
): Notification {
  const sessionName = toLine(session.name, MAX_TITLE_CODE_POINTS);
  const phrase = PHRASES[occurrence.event];
  const excerpt = includesText ? Array.from(text.trim()).slice(0, MAX_TEXT_CODE_POINTS).join("") : "";
  return {
    ...occurrence,
    sessionName,
    agent: session.agent,
    priority: occurrence.event === "needs_input" ? "high" : "normal",
    title: sessionName === "" ? "Parlatory" : sessionName,
    body: excerpt === "" ? phrase : `${phrase}\n${excerpt}`,
    url: session.url,
  };
}

/** As it goes to webhooks and browsers. */
export function encodeNotification(notification: Notification): string {
  const { eventId, sessionId, sessionName, at, event, agent, priority, title, body, url } = notification;
  return JSON.stringify({
    event,
    event_id: eventId,
    session_id: sessionId,
    session_name: sessionName,
    agent,
    at: new Date(at).toISOString(),
    priority,
    title,
    body,
    url,
  });
}

function toLine(text: string, maxCodePoints: number): string {
  const line = text.toWellFormed().replaceAll(CONTROL_CHARACTERS, " ").trim();
  return Array.from(line).slice(0, maxCodePoints).join("");
}
