import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useRemote } from "../remote/remote-context.ts";
import { useRemoteEvent } from "../remote/use-remote-event.ts";
import { describeCount } from "./describe-usage.ts";

export interface Outcome {
  readonly isGood: boolean;
  readonly text: string;
}

/** Compacting a session, and what came of it, also where another device asked for it ([COMPACT-4], [COMPACT-6]). */
export function useCompaction(sessionId: string): {
  readonly compact: (instructions: string | undefined) => void;
  readonly isUnderWay: boolean;
  readonly outcome: Outcome | undefined;
  readonly dismiss: () => void;
} {
  const { client } = useRemote();
  const [outcome, setOutcome] = useState<Outcome>();
  const compacting = useMutation({
    mutationFn: (instructions: string | undefined) => client.sessions.compact(sessionId, instructions),
    onMutate: () => setOutcome(undefined),
    onSuccess: (frame) => setOutcome(describe(frame)),
    onError: (error) => setOutcome({ isGood: false, text: `Not compacted: ${error.message}` }),
  });
  useRemoteEvent("compaction_complete", (frame) => {
    if (frame.session_id === sessionId && frame.correlation_id === undefined) setOutcome(describe(frame));
  });
  useRemoteEvent("compaction_error", (frame) => {
    if (frame.session_id !== sessionId || frame.correlation_id !== undefined) return;
    setOutcome({ isGood: false, text: `Not compacted: ${frame.error}` });
  });
  return {
    compact: (instructions) => compacting.mutate(instructions),
    isUnderWay: compacting.isPending,
    outcome,
    dismiss: () => setOutcome(undefined),
  };
}

function describe(frame: RemoteServerMessageOf<"compaction_complete">): Outcome {
  const { pre_tokens: before, post_tokens: after } = frame;
  const from = before === undefined ? "" : ` from ${describeCount(before)}`;
  const to = after === undefined ? "" : ` to ${describeCount(after)}`;
  return { isGood: true, text: from === "" && to === "" ? "Compacted." : `Compacted${from}${to} tokens.` };
}
