import { useMutation } from "@tanstack/react-query";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { useRemote } from "../remote/remote-context.ts";
import classes from "./composer.module.css";

/** Asks the agent to end its turn; shown while there is one. */
export function StopButton({ sessionId }: { sessionId: string }) {
  const { client } = useRemote();
  const stopping = useMutation({ mutationFn: () => client.sessions.interrupt(sessionId) });
  const isAsked = stopping.isPending || stopping.isSuccess;
  return (
    <>
      <Button className={classes["stop"]} disabled={isAsked} onClick={() => stopping.mutate()}>
        <Icon name="stop" />
        {isAsked ? "Stopping …" : "Stop"}
      </Button>
      {stopping.error === null ? null : (
        <span className={classes["problem"]} role="alert">
          Not stopped: {stopping.error.message}
        </span>
      )}
    </>
  );
}
