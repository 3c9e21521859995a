import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { useState } from "react";
import { useLocation } from "wouter";
import { Icon } from "../design/icon.tsx";
import { Menu, MenuItem } from "../design/menu.tsx";
import { toKnownSession } from "../sessions/known-session.ts";
import { useHiddenSessions } from "../sessions/use-hidden-sessions.ts";
import { useReadAloud } from "../voice/use-read-aloud.ts";
import { CompactDialog } from "./compact-dialog.tsx";
import { KillDialog } from "./kill-dialog.tsx";
import { RenameDialog } from "./rename-dialog.tsx";

/** What else can be done with a session. */
export function SessionMenu(props: {
  sessionId: string;
  session: RemoteSessionDetail | undefined;
  lastPrompt: () => string;
  onCompact: (instructions: string | undefined) => void;
  onUnlock: () => void;
}) {
  const { sessionId, session, lastPrompt, onCompact, onUnlock } = props;
  const [open, setOpen] = useState<{ dialog: "rename" | "compact" | "kill"; lastPrompt: string }>();
  const readAloud = useReadAloud(sessionId);
  const [, navigate] = useLocation();
  const { hide } = useHiddenSessions();
  const show = (dialog: "rename" | "compact" | "kill"): void => setOpen({ dialog, lastPrompt: lastPrompt() });
  const close = (): void => setOpen(undefined);
  return (
    <>
      <Menu label="Session" sign={<Icon name="menu" />}>
        <MenuItem onClick={() => show("rename")}>Rename …</MenuItem>
        <MenuItem onClick={() => show("compact")}>Compact …</MenuItem>
        {readAloud.isAvailable ? (
          <MenuItem onClick={() => readAloud.set(!readAloud.isOn)}>
            {readAloud.isOn ? "Do not read answers aloud" : "Read answers aloud"}
          </MenuItem>
        ) : null}
        <MenuItem onClick={onUnlock}>Unlock</MenuItem>
        {session === undefined ? null : (
          <MenuItem
            onClick={() => {
              hide(toKnownSession(session));
              navigate("/sessions");
            }}
          >
            Hide on this device
          </MenuItem>
        )}
        <MenuItem look="danger" onClick={() => show("kill")}>
          Kill the agent …
        </MenuItem>
      </Menu>
      <RenameDialog
        sessionId={sessionId}
        lastPrompt={open?.lastPrompt ?? ""}
        isOpen={open?.dialog === "rename"}
        onClose={close}
      />
      <CompactDialog isOpen={open?.dialog === "compact"} onClose={close} onCompact={onCompact} />
      <KillDialog
        sessionId={sessionId}
        queuedCount={session?.queued_prompts ?? 0}
        isOpen={open?.dialog === "kill"}
        onClose={close}
      />
    </>
  );
}
