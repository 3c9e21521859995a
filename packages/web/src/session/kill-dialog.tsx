import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useRemote } from "../remote/remote-context.ts";
import classes from "./session-header.module.css";

/** Ends the agent's processes by a second word ([LOCK-7]). */
export function KillDialog(props: { sessionId: string; queuedCount: number; isOpen: boolean; onClose: () => void }) {
  const { sessionId, queuedCount, isOpen, onClose } = props;
  const { client } = useRemote();
  const [keepQueue, setKeepQueue] = useState(false);
  const killing = useMutation({
    mutationFn: () => client.sessions.kill(sessionId, { keepQueue }),
    onSuccess: () => onClose(),
  });
  return (
    <Dialog
      isOpen={isOpen}
      title="Kill the agent?"
      onClose={onClose}
      actions={
        <Button look="danger" disabled={killing.isPending} onClick={() => killing.mutate()}>
          {killing.isPending ? "Killing …" : "Kill"}
        </Button>
      }
    >
      <p>
        Its processes end at once, with everything they started. Work that is half done stays half done. To end only
        this turn, use Stop.
      </p>
      {queuedCount === 0 ? null : (
        <label className={classes["check"]}>
          <input type="checkbox" checked={keepQueue} onChange={(event) => setKeepQueue(event.target.checked)} />
          Keep what is queued ({queuedCount}); it runs next
        </label>
      )}
      {killing.error === null ? null : <p role="alert">Not killed: {killing.error.message}</p>}
    </Dialog>
  );
}
