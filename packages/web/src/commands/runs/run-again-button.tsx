import type { CommandStart } from "@parlatory/client";
import { Button, type ButtonProps } from "../../design/button.tsx";
import { useIsOnline } from "../../remote/use-connection.ts";
import { useRunCommand } from "./use-run-command.ts";

/** The same command in the same place once more, if it is still offered there. */
export function RunAgainButton({ start, look }: { start: CommandStart; look?: ButtonProps["look"] }) {
  const isOnline = useIsOnline();
  const run = useRunCommand();
  const ask = (): void => run.mutate({ commandId: start.command_id, workingDirectory: start.working_directory });
  return (
    <>
      {run.error === null ? null : <span role="alert">Not started: {run.error.message}</span>}
      <Button look={look} disabled={!isOnline || run.isPending} onClick={ask}>
        Run again<span className="visually-hidden"> {start.shell_command}</span>
      </Button>
    </>
  );
}
