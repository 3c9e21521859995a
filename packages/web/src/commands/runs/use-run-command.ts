import { useMutation, type UseMutationResult } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { useCommandRuns } from "./command-runs-context.ts";

export interface CommandChoice {
  readonly commandId: string;
  readonly workingDirectory: string;
}

/** Starts a command and goes to its output. */
export function useRunCommand(): UseMutationResult<unknown, Error, CommandChoice> {
  const runs = useCommandRuns();
  const [, go] = useLocation();
  return useMutation({
    mutationFn: ({ commandId, workingDirectory }: CommandChoice) => runs.start(commandId, workingDirectory),
    onSuccess: ({ id }) => go(`/commands/${id}`),
  });
}
