import { useMutation } from "@tanstack/react-query";
import { Button } from "../design/button.tsx";
import { useRemote } from "../remote/remote-context.ts";
import classes from "./session-header.module.css";

/** Tools that may be used without asking until that is taken back ([APPROVE-4]). */
export function GrantedTools({ sessionId, tools }: { sessionId: string; tools: readonly string[] }) {
  const { client } = useRemote();
  const revoking = useMutation({ mutationFn: (tool: string) => client.permissions.revokeGrant(sessionId, tool) });
  if (tools.length === 0) return null;
  return (
    <div>
      <h2 className={classes["label"]}>Tools allowed for this session</h2>
      <ul className={classes["grants"]}>
        {tools.map((tool) => (
          <li key={tool}>
            <code>{tool}</code>
            <Button
              look="quiet"
              aria-label={`Revoke ${tool}`}
              disabled={revoking.isPending}
              onClick={() => revoking.mutate(tool)}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
      {revoking.error === null ? null : <p role="alert">Not revoked: {revoking.error.message}</p>}
    </div>
  );
}
