/**
 * Several occurrences within ten seconds in one session become one ([PUSH-5]). A question is told at once, because an agent
 * waits for its answer; anything else is told when the ten seconds are over, by the last that happened. A further question
 * within the ten seconds is covered by the one that was told, unless that one has been answered: then somebody looked, went
 * away again and would not know.
 * States of a session: quiet -> gathering (one window at a time) -> quiet.
 */
import type { Scheduler } from "../../ports.ts";
import type { Occurrence } from "./notification.ts";

export interface Question extends Occurrence {
  readonly event: "needs_input";
  readonly requestId: string;
}

export interface News extends Occurrence {
  readonly event: "turn_complete" | "failed";
  /** Whose prompt it was. */
  readonly clientSessionId: string;
}

export interface CoalescerOptions {
  readonly scheduler: Scheduler;
  readonly tell: (occurrence: Question | News) => void;
  readonly onOverflow: () => void;
}

interface Window {
  cancel: () => void;
  told: { readonly requestId: string; isAnswered: boolean } | undefined;
  covered: Question[];
  news: News | undefined;
}

const WINDOW_MS = 10_000;
const MAX_SESSIONS = 1_000;
const MAX_COVERED = 50;

export class Coalescer {
  readonly #options: CoalescerOptions;
  readonly #windows = new Map<string, Window>();

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  add(occurrence: Question | News): void {
    const window = this.#windows.get(occurrence.sessionId) ?? this.#open(occurrence.sessionId);
    if (window === undefined) this.#options.onOverflow();
    else if (occurrence.event !== "needs_input") window.news = occurrence;
    else if (window.told === undefined) this.#tellQuestion(window, occurrence);
    // More than that are covered all the same: one of them is enough to be told.
    else if (window.covered.push(occurrence) > MAX_COVERED) window.covered.shift();
  }

  answered(sessionId: string, requestId: string): void {
    const window = this.#windows.get(sessionId);
    if (window === undefined) return;
    if (window.told?.requestId === requestId) window.told.isAnswered = true;
    window.covered = window.covered.filter((question) => question.requestId !== requestId);
  }

  /** What was gathered and not told is forgotten. */
  stop(): void {
    for (const { cancel } of this.#windows.values()) cancel();
    this.#windows.clear();
  }

  #open(sessionId: string): Window | undefined {
    if (this.#windows.size >= MAX_SESSIONS) return undefined;
    const window: Window = { cancel: this.#endLater(sessionId), told: undefined, covered: [], news: undefined };
    this.#windows.set(sessionId, window);
    return window;
  }

  /** What was gathered before becomes one with the question. */
  #tellQuestion(window: Window, question: Question): void {
    window.cancel();
    window.cancel = this.#endLater(question.sessionId);
    window.told = { requestId: question.requestId, isAnswered: false };
    window.news = undefined;
    this.#options.tell(question);
  }

  #endLater(sessionId: string): () => void {
    return this.#options.scheduler.after(WINDOW_MS, () => this.#end(sessionId));
  }

  #end(sessionId: string): void {
    const window = this.#windows.get(sessionId);
    this.#windows.delete(sessionId);
    const question = window?.told?.isAnswered === true ? window.covered.at(-1) : undefined;
    if (question !== undefined) this.add(question);
    else if (window?.news !== undefined) this.#options.tell(window.news);
  }
}
