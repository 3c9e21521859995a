import type { RemoteSessionDetail } from "@parlatory/protocol/remote";
import { useEffect, useId, useRef, useState, type DragEvent } from "react";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { useConnection } from "../remote/use-connection.ts";
import { DictationNote } from "../voice/dictation-note.tsx";
import { HoldToTalk } from "../voice/hold-to-talk.tsx";
import { useDictation } from "../voice/use-dictation.ts";
import { useReader } from "../voice/use-reader.ts";
import { useSessionActivity } from "../session/use-session-activity.ts";
import { AttachMenu } from "./attach-menu.tsx";
import { AttachmentChips } from "./attachment-chips.tsx";
import { busyChoices } from "./busy-choices.ts";
import { attachmentProblem, resourceAttachment, textProblem } from "./draft-attachment.ts";
import { LockNote } from "./lock-note.tsx";
import { ModeMenu } from "./mode-menu.tsx";
import { newId } from "./prompt-desk.ts";
import { PromptText } from "./prompt-text.tsx";
import { RefusalNote } from "./refusal-note.tsx";
import { StopButton } from "./stop-button.tsx";
import { useAddFiles } from "./use-add-files.ts";
import { useEarlierPrompts } from "./use-earlier-prompts.ts";
import { useKeptFiles } from "./use-kept-files.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";
import { WaitingList } from "./waiting-list.tsx";
import classes from "./composer.module.css";

/** Where one writes to a session. What sending means at the moment is on the button that sends ([PROMPT-10]). */
export function Composer({ sessionId, session }: { sessionId: string; session: RemoteSessionDetail | undefined }) {
  const desk = usePromptDesk();
  const activity = useSessionActivity(sessionId, session);
  const connection = useConnection();
  const { text, attachments } = desk.drafts.get(sessionId);
  const box = useRef<HTMLTextAreaElement>(null);
  const earlier = useEarlierPrompts(sessionId);
  useKeptFiles(sessionId);
  const { addFiles, readProblem } = useAddFiles(sessionId);
  const [isDropping, setDropping] = useState(false);
  const hintId = useId();
  const reader = useReader();
  const dictation = useDictation({
    read: () => desk.drafts.get(sessionId).text,
    write: (next) => desk.drafts.set(sessionId, { text: next }),
  });

  const choices = busyChoices(activity.kind === "elsewhere");
  const chosen = choices.find(({ mode }) => mode === desk.modeOf(sessionId)) ?? choices[0];
  useEffect(() => {
    // The choice was for this time of being busy.
    if (activity.kind === "idle") desk.setMode(sessionId, undefined);
  }, [activity.kind, desk, sessionId]);

  const isAway = connection.name === "waiting" || connection.name === "ended";
  const problem = attachmentProblem(attachments) ?? textProblem(text) ?? readProblem;
  const isEmpty = text.trim() === "" && attachments.length === 0;
  const canSend = !isEmpty && problem === undefined;
  const send = (): void => {
    if (!canSend) return;
    dictation.finish();
    reader?.stop();
    // What is written without a connection goes behind whatever runs when there is one again.
    desk.send(sessionId, activity.isBusy ? chosen.mode : isAway ? "queue" : undefined);
    if (!matchMedia("(pointer: coarse)").matches) box.current?.focus();
  };
  const drop = (event: DragEvent): void => {
    setDropping(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    addFiles([...event.dataTransfer.files]);
  };
  const hint = hintOf({ isAway, isBusy: activity.isBusy && !isEmpty, explanation: chosen.explanation });
  return (
    <form
      className={classes["composer"]}
      aria-label="Prompt"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <LockNote sessionId={sessionId} activity={activity} />
      <RefusalNote sessionId={sessionId} />
      <WaitingList sessionId={sessionId} queuedCount={session?.queued_prompts ?? 0} />
      <div
        className={classes["box"]}
        data-dropping={isDropping}
        onDragOver={(event) => {
          if (!event.dataTransfer.types.includes("Files")) return;
          event.preventDefault();
          setDropping(true);
        }}
        onDragLeave={() => setDropping(false)}
        onDrop={drop}
      >
        <AttachmentChips
          attachments={attachments}
          onRemove={({ id }) => {
            desk.drafts.set(sessionId, { attachments: attachments.filter((other) => other.id !== id) });
            box.current?.focus();
          }}
        />
        <PromptText
          ref={box}
          text={text}
          placeholder={session === undefined ? "Write a prompt" : `Write to ${session.agent}`}
          describedBy={hint === undefined ? undefined : hintId}
          earlier={earlier}
          onChange={(next) => desk.drafts.set(sessionId, { text: next })}
          onSend={send}
          onFiles={addFiles}
        />
        <DictationNote dictation={dictation} />
        <div className={classes["tools"]}>
          <AttachMenu
            workingDirectory={session?.working_directory}
            onFiles={addFiles}
            onResource={(name, path) => {
              const attachment = resourceAttachment(name, path, newId());
              desk.drafts.set(sessionId, { attachments: [...attachments, attachment] });
            }}
          />
          <HoldToTalk dictation={dictation} />
          <span className={classes["gap"]} />
          {activity.canStop ? <StopButton sessionId={sessionId} /> : null}
          <span className={activity.isBusy ? classes["split"] : undefined}>
            <Button type="submit" look="primary" className={classes["send"]} disabled={!canSend}>
              <Icon name="send" />
              {activity.isBusy ? chosen.label : "Send"}
            </Button>
            {activity.isBusy ? (
              <ModeMenu choices={choices} chosen={chosen} onChoose={(mode) => desk.setMode(sessionId, mode)} />
            ) : null}
          </span>
        </div>
      </div>
      {problem === undefined ? null : (
        <p className={classes["problem"]} role="alert">
          {problem}
        </p>
      )}
      {dictation.problem === undefined ? null : (
        <p className={classes["problem"]} role="alert">
          {dictation.problem}
        </p>
      )}
      {hint === undefined ? null : (
        <p className={classes["hint"]} id={hintId}>
          {hint}
        </p>
      )}
    </form>
  );
}

function hintOf(state: { isAway: boolean; isBusy: boolean; explanation: string }): string | undefined {
  if (state.isAway) return "No connection. What you send is kept here and goes out once when the connection is back.";
  return state.isBusy ? state.explanation : undefined;
}
