import type { SessionView } from "@parlatory/client";
import { useRef } from "react";
import { useRemoteEvent } from "../remote/use-remote-event.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";

/** Prompts of a session for going back to them, oldest first: what its log shows, and what was sent from here since. */
export function useEarlierPrompts(sessionId: string): () => readonly string[] {
  const desk = usePromptDesk();
  const view = useRef<SessionView>(undefined);
  useRemoteEvent("history", (change) => {
    if (change.sessionId === sessionId) view.current = change.view;
  });
  return () => {
    const said = (view.current?.messages ?? []).filter(({ role, kind }) => role === "user" && kind === "prompt");
    const texts = [...said.map(({ text }) => text), ...desk.sentTexts(sessionId)];
    // Each once, where it was said last.
    return [...new Set(texts.reverse())].reverse();
  };
}
