import { useEffect, useRef } from "react";
import { Button } from "../../design/button.tsx";
import classes from "./find-bar.module.css";

/** Looks through what is loaded; older messages have to be loaded to be looked through. */
export function FindBar(props: {
  words: string;
  /** Where one is among the rows that were found, from 0; -1 before the first step. */
  at: number;
  found: number;
  hasOlder: boolean;
  isLoading: boolean;
  onWords: (words: string) => void;
  onStep: (step: 1 | -1) => void;
  onOlder: () => void;
  onClose: () => void;
}) {
  const { words, at, found, hasOlder, isLoading, onWords, onStep, onOlder, onClose } = props;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const place = at === -1 ? `${found} found` : `${at + 1} of ${found}`;
  return (
    <search className={classes["bar"]}>
      <input
        ref={input}
        type="search"
        aria-label="Find in this conversation"
        placeholder="Find in this conversation"
        value={words}
        onChange={(event) => onWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
          else if (event.key === "Escape") onClose();
          else return;
          event.preventDefault();
        }}
      />
      <span className={classes["count"]} role="status">
        {words.trim() === "" ? "" : found === 0 ? "Nothing found" : place}
      </span>
      <Button look="quiet" aria-label="Previous" disabled={found === 0} onClick={() => onStep(-1)}>
        ↑
      </Button>
      <Button look="quiet" aria-label="Next" disabled={found === 0} onClick={() => onStep(1)}>
        ↓
      </Button>
      {hasOlder ? (
        <Button look="quiet" disabled={isLoading} onClick={onOlder}>
          {isLoading ? "Loading …" : "Load older"}
        </Button>
      ) : null}
      <Button look="quiet" aria-label="Close the search" onClick={onClose}>
        ✕
      </Button>
    </search>
  );
}
