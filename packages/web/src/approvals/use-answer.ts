import type { PermissionAnswer } from "@parlatory/client";
import { useMutation } from "@tanstack/react-query";
import { usePermissionDesk } from "../remote/use-permissions.ts";
import { describeFailure } from "../remote/describe-failure.ts";

/** Answers one question. When it is decided it leaves the open ones, and the decision that stands is listed ([APPROVE-2]). */
export function useAnswer(requestId: string): {
  answer: (answer: Omit<PermissionAnswer, "requestId">) => void;
  isSending: boolean;
  problem: string | undefined;
} {
  const desk = usePermissionDesk();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (answer: Omit<PermissionAnswer, "requestId">) => desk.answer({ ...answer, requestId }),
  });
  return {
    answer: (answer) => mutate(answer),
    isSending: isPending,
    problem: error === null ? undefined : `Not answered. ${describeFailure(error)}`,
  };
}
