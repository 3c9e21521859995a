import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import { useRemote } from "../remote/remote-context.ts";
import { remoteKeys } from "../remote/remote-keys.ts";

/** A name of a few words, made from a text by an agent ([SESS-5]). */
export function RenameDialog(props: { sessionId: string; lastPrompt: string; isOpen: boolean; onClose: () => void }) {
  const { sessionId, lastPrompt, isOpen, onClose } = props;
  const { client } = useRemote();
  const queries = useQueryClient();
  const [written, setWritten] = useState<string>();
  const text = written ?? lastPrompt;
  const naming = useMutation({
    mutationFn: () => client.sessions.inferName(sessionId, text.trim()),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries({ queryKey: remoteKeys.session(sessionId) });
    },
  });
  const close = (): void => {
    setWritten(undefined);
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      title="Name the session"
      onClose={close}
      actions={
        <Button look="primary" disabled={naming.isPending || text.trim() === ""} onClick={() => naming.mutate()}>
          {naming.isPending ? "Naming …" : "Name it"}
        </Button>
      }
    >
      <Field
        label="What it is about"
        hint="An agent makes a short title of this text; without one, its first line is the name."
        problem={naming.error === null ? undefined : `Not named: ${naming.error.message}`}
      >
        <textarea value={text} onChange={(event) => setWritten(event.target.value)} />
      </Field>
    </Dialog>
  );
}
