import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import { useState } from "react";
import { attachmentProblem, readAttachment } from "./draft-attachment.ts";
import { newId } from "./prompt-desk.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";

/** Puts files into a session's draft. What would never fit is not even read, and said. */
export function useAddFiles(sessionId: string): {
  readonly addFiles: (files: readonly File[]) => void;
  readonly readProblem: string | undefined;
} {
  const desk = usePromptDesk();
  const [problem, setProblem] = useState<string>();
  const add = async (files: readonly File[]): Promise<void> => {
    const before = desk.drafts.get(sessionId).attachments;
    const sizes = files.map(({ size }) => ({ sizeBytes: size }));
    const refusal = attachmentProblem([...before, ...sizes]);
    if (refusal !== undefined && files.some(({ size }) => size > REMOTE_LIMITS.attachmentBytes)) {
      return setProblem(refusal);
    }
    setProblem(undefined);
    try {
      const read = await Promise.all(files.map((file) => readAttachment(file, newId())));
      const { attachments } = desk.drafts.get(sessionId);
      desk.drafts.set(sessionId, { attachments: [...attachments, ...read] });
    } catch (error) {
      setProblem(`A file could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return { addFiles: (files) => (files.length === 0 ? undefined : void add(files)), readProblem: problem };
}
