import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Field } from "../design/field.tsx";
import { useRemote } from "../remote/remote-context.ts";
import { permissionModes } from "./permission-modes.ts";

/** What the agent may do without asking; what takes every question away is confirmed first ([SESS-6]). */
export function PermissionModeField({ sessionId, mode }: { sessionId: string; mode: string }) {
  const { client } = useRemote();
  const [isConfirming, setConfirming] = useState(false);
  const setting = useMutation({
    mutationFn: (next: string) => client.sessions.setPermissionMode(sessionId, next),
    onSettled: () => setConfirming(false),
  });
  const choose = (next: string): void => {
    if (next === "bypass") setConfirming(true);
    else setting.mutate(next);
  };
  const known = permissionModes.find((each) => each.mode === mode);
  return (
    <>
      <Field
        label="Permissions"
        hint={known?.explanation}
        problem={setting.error === null ? undefined : `Not changed: ${setting.error.message}`}
      >
        <select value={mode} disabled={setting.isPending} onChange={(event) => choose(event.target.value)}>
          {known === undefined ? <option value={mode}>{mode}</option> : null}
          {permissionModes.map((each) => (
            <option key={each.mode} value={each.mode}>
              {each.mode === "bypass" ? `${each.label} (dangerous)` : each.label}
            </option>
          ))}
        </select>
      </Field>
      <Dialog
        isOpen={isConfirming}
        title="Bypass all permission questions?"
        onClose={() => setConfirming(false)}
        actions={
          <Button look="danger" disabled={setting.isPending} onClick={() => setting.mutate("bypass")}>
            Bypass them
          </Button>
        }
      >
        <p>
          The agent will run every command and change every file it wants, on the server’s machine and with its rights,
          without asking anybody. Tools that were allowed for this session have to be allowed again afterwards.
        </p>
      </Dialog>
    </>
  );
}
