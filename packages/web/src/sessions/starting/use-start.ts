import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { useRemote } from "../../remote/remote-context.ts";
import { writeDraft, type NewSessionDraft } from "./new-session-draft.ts";
import { problemIn, problemOf, type StartProblem } from "./start-problem.ts";
import { startSession } from "./start-session.ts";

/** A refusal that comes within this time is shown where the form still is, without a page in between. */
const refusalMs = 400;

/**
 * Starts the session of a draft and goes to it at once, before the server has answered. When the server refuses later, the
 * form comes back as it was, with the reason at its field.
 */
export function useStart(): {
  start: (draft: NewSessionDraft) => Promise<void>;
  isStarting: boolean;
  problem: StartProblem | undefined;
  clearProblem: () => void;
} {
  const { client } = useRemote();
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<StartProblem>();
  const start = async (draft: NewSessionDraft): Promise<void> => {
    const atOnce = problemIn(draft);
    setProblem(atOnce);
    if (atOnce !== undefined || isStarting) return;
    setStarting(true);
    try {
      const { sessionId, accepted } = await startSession(client, draft);
      const isRefusable = client.state.name === "ready";
      if (isRefusable) await Promise.race([accepted, after(refusalMs)]);
      const address = `/sessions/${sessionId}`;
      writeDraft(sessionStorage, undefined);
      navigate(address);
      accepted.catch((error: unknown) => {
        const refused = problemOf(error);
        writeDraft(sessionStorage, { ...draft, problem: refused });
        // This form may be on the screen still, or again: then it reads no draft.
        setProblem(refused);
        if (location.pathname === address) navigate("/sessions/new", { replace: true });
      });
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setStarting(false);
    }
  };
  return { start, isStarting, problem, clearProblem: () => setProblem(undefined) };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
