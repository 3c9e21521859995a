import { useEffect, useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent, type Ref } from "react";
import { recallPrompt } from "./recall-prompt.ts";
import classes from "./composer.module.css";

/** The text of a prompt: grows with it, sends with Enter on a desk, and goes back to earlier prompts with the arrow keys. */
export function PromptText(props: {
  text: string;
  placeholder: string;
  describedBy: string | undefined;
  /** Own prompts of this session, oldest first. */
  earlier: () => readonly string[];
  onChange: (text: string) => void;
  onSend: () => void;
  onFiles: (files: readonly File[]) => void;
  ref: Ref<HTMLTextAreaElement>;
}) {
  const { text, placeholder, describedBy, earlier, onChange, onSend, onFiles, ref } = props;
  const own = useRef<HTMLTextAreaElement>(null);
  const isTouch = useIsTouch();
  useLayoutEffect(() => {
    const box = own.current;
    if (box === null) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  }, [text]);
  const handleKey = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // 229: what some input methods report for the key that ends a composition.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && isSendKey(event, isTouch)) {
      event.preventDefault();
      onSend();
    }
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const recalled = recallPrompt(text, earlier(), event.key === "ArrowUp" ? -1 : 1);
    if (recalled === undefined) return;
    event.preventDefault();
    onChange(recalled);
  };
  const handlePaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    onFiles(files);
  };
  return (
    <textarea
      ref={(box) => {
        own.current = box;
        if (typeof ref === "function") return ref(box);
        if (ref !== null && ref !== undefined) ref.current = box;
        return undefined;
      }}
      className={classes["text"]}
      aria-label="Prompt"
      aria-describedby={describedBy}
      placeholder={placeholder}
      rows={1}
      value={text}
      enterKeyHint={isTouch ? "enter" : "send"}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={handleKey}
      onPaste={handlePaste}
    />
  );
}

function isSendKey(event: KeyboardEvent, isTouch: boolean): boolean {
  if (event.ctrlKey || event.metaKey) return true;
  return !isTouch && !event.shiftKey && !event.altKey;
}

/** On a screen keyboard Enter is the only way to a new line. */
function useIsTouch(): boolean {
  const [isTouch, setTouch] = useState(() => matchMedia("(pointer: coarse)").matches);
  useEffect(() => {
    const query = matchMedia("(pointer: coarse)");
    const note = (): void => setTouch(query.matches);
    query.addEventListener("change", note);
    return () => query.removeEventListener("change", note);
  }, []);
  return isTouch;
}
