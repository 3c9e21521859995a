import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { Icon } from "../design/icon.tsx";
import type { Dictation } from "./use-dictation.ts";
import classes from "./voice.module.css";

/** Shorter than this it was a tap, which goes on until the next one. */
const tapMs = 400;

/** Listens while it is held, by pointer or with the space key; a tap switches it on and off. Hidden where nothing can hear. */
export function HoldToTalk({ dictation }: { dictation: Dictation }) {
  const { isAvailable, isListening, start, stop } = dictation;
  /** When the press that began the listening was made; undefined while none is held. */
  const pressedAt = useRef<number>(undefined);
  if (!isAvailable) return null;

  const press = (at: number): void => {
    if (isListening) return stop();
    pressedAt.current = at;
    start();
  };
  const release = (at: number): void => {
    const since = pressedAt.current;
    pressedAt.current = undefined;
    if (since !== undefined && at - since >= tapMs) stop();
  };
  const pointerDown = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    press(event.timeStamp);
  };
  const keyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && isListening) dictation.finish();
    if (event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) press(event.timeStamp);
  };
  const keyUp = (event: KeyboardEvent): void => {
    if (event.key !== " ") return;
    event.preventDefault();
    release(event.timeStamp);
  };
  return (
    <button
      type="button"
      className={classes["talk"]}
      aria-label={isListening ? "Stop listening" : "Hold to talk"}
      aria-pressed={isListening}
      title="Hold to talk, or tap to start and stop"
      onPointerDown={pointerDown}
      onPointerUp={(event) => release(event.timeStamp)}
      onPointerCancel={() => {
        pressedAt.current = undefined;
        stop();
      }}
      onKeyDown={keyDown}
      onKeyUp={keyUp}
      // Of the pointer and the space key there was a press already; this is Enter, or a reader of the screen.
      onClick={(event) => (event.detail === 0 ? press(Number.POSITIVE_INFINITY) : undefined)}
      onContextMenu={(event) => event.preventDefault()}
    >
      <Icon name="mic" />
    </button>
  );
}
