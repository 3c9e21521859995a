import { RemoteRequestError } from "@parlatory/client";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Ago } from "../design/ago.tsx";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { useRemote } from "../remote/remote-context.ts";

/** Unlocking by hand ([LOCK-8]): at once where nothing lives, and by a second word where a run would be killed for it. */
export function useUnlock(sessionId: string): {
  readonly unlock: () => void;
  readonly isAsking: boolean;
  /** What came of it. */
  readonly message: string | undefined;
  readonly dialog: ReactNode;
} {
  const { client } = useRemote();
  const [message, setMessage] = useState<string>();
  /** Since when the run lives that would have to be killed. */
  const [alive, setAlive] = useState<{ readonly since: string | undefined }>();
  const asking = useMutation({
    mutationFn: (force: boolean) => client.sessions.unlock(sessionId, { force }),
    onMutate: () => setMessage(undefined),
    onSuccess: ({ was_locked: wasLocked, killed_run_id: killed }) => {
      setAlive(undefined);
      if (killed !== undefined) setMessage("The run was killed and the session unlocked.");
      else setMessage(wasLocked ? "Unlocked." : "The server holds no lock: you can send.");
    },
    onError: (error) => {
      const lock = error instanceof RemoteRequestError ? error.lock : undefined;
      if (lock?.run_alive === true) setAlive({ since: lock.since });
      else setMessage(`Not unlocked: ${error.message}`);
    },
  });
  return {
    unlock: () => asking.mutate(false),
    isAsking: asking.isPending,
    message,
    dialog: (
      <Dialog
        isOpen={alive !== undefined}
        title="A run is alive"
        onClose={() => setAlive(undefined)}
        actions={
          <Button look="danger" disabled={asking.isPending} onClick={() => asking.mutate(true)}>
            Kill it and unlock
          </Button>
        }
      >
        <p>
          The agent is still at work
          {alive?.since === undefined ? null : (
            <>
              , since <Ago at={alive.since} />
            </>
          )}
          . Unlocking would end its processes; work that is half done stays half done.
        </p>
      </Dialog>
    ),
  };
}
