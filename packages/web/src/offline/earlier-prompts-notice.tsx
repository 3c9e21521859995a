import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useRemote } from "../remote/remote-context.ts";
import { Banner } from "./banner.tsx";
import classes from "./earlier-prompts-notice.module.css";

/** Prompts from before the last sign-in that were never sent: nobody but the person who reads them may say what becomes of them. */
export function EarlierPromptsNotice() {
  const { access, earlier } = useRemote();
  const [isAsking, setAsking] = useState(false);
  const { data: prompts = [], refetch } = useQuery({
    queryKey: ["earlier-prompts", access.clientSessionId],
    queryFn: () => earlier.list(),
    gcTime: 0,
  });
  const { mutate, isPending, error } = useMutation({
    mutationFn: (isWanted: boolean) => (isWanted ? earlier.take() : earlier.discard()),
    onSuccess: () => setAsking(false),
    onSettled: () => refetch(),
  });
  if (prompts.length === 0) return null;
  const count = prompts.length === 1 ? "1 prompt" : `${prompts.length} prompts`;
  return (
    <>
      <Banner action={<Button onClick={() => setAsking(true)}>Look at {prompts.length === 1 ? "it" : "them"}</Button>}>
        {count} from before this sign-in {prompts.length === 1 ? "was" : "were"} not sent.
      </Banner>
      <Dialog
        isOpen={isAsking}
        title={prompts.length === 1 ? "Send this prompt?" : "Send these prompts?"}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button look="danger" disabled={isPending} onClick={() => mutate(false)}>
              Discard
            </Button>
            <Button look="primary" disabled={isPending} onClick={() => mutate(true)}>
              Send
            </Button>
          </>
        }
      >
        <p>
          Written in this browser before it was signed in anew.{" "}
          {prompts.length === 1 ? "It goes to the session it was" : "Each goes to the session it was"} written for.
        </p>
        <ol className={classes["prompts"]}>
          {prompts.map(({ promptId, message, writtenAt }) => (
            <li key={promptId}>
              <time dateTime={new Date(writtenAt).toISOString()}>{new Date(writtenAt).toLocaleString()}</time>
              <p>{String(message.text)}</p>
            </li>
          ))}
        </ol>
        {error === null ? null : <p role="alert">That did not work: {error.message}</p>}
      </Dialog>
    </>
  );
}
