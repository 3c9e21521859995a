import { Dialog } from "@base-ui/react/dialog";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import classes from "./palette.module.css";
import { rankChoices, type PaletteChoice } from "./rank-choices.ts";
import { readRecent, rememberChoice } from "./recent-choices.ts";
import { useChoices } from "./use-choices.ts";

/** One field that finds places, sessions, commands, peers and actions; keys first, and what was chosen last on top. */
export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const [failure, setFailure] = useState<string>();
  const [recent] = useState(() => readRecent(localStorage));
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const all = useChoices();
  const shortcuts: PaletteChoice = { id: "action keys", kind: "Action", label: "Keyboard shortcuts", run: onShortcuts };
  const found = rankChoices([...all, shortcuts], query, recent);
  const current = found[Math.min(at, found.length - 1)];
  const choose = (choice: PaletteChoice): void => {
    rememberChoice(localStorage, choice.id);
    setFailure(undefined);
    if (choice.kind !== "Command") onClose();
    const running = choice.run();
    // A command may be refused, which is told here.
    running?.then(onClose, (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)));
  };
  const handleKey = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    if (event.key === "ArrowDown") setAt(at >= last ? 0 : at + 1);
    else if (event.key === "ArrowUp") setAt(at <= 0 ? last : at - 1);
    else if (event.key === "Home" && event.ctrlKey) setAt(0);
    else if (event.key === "End" && event.ctrlKey) setAt(last);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing && current !== undefined) choose(current);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    if (current !== undefined) document.getElementById(optionId(list, current))?.scrollIntoView({ block: "nearest" });
  }, [current, list]);
  return (
    <Dialog.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className={classes["backdrop"]} />
        <Dialog.Popup className={classes["popup"]} initialFocus={field} aria-label="Search and commands">
          <input
            ref={field}
            className={classes["field"]}
            role="combobox"
            aria-label="Where to, or what to do"
            aria-expanded="true"
            aria-controls={list}
            aria-activedescendant={current === undefined ? undefined : optionId(list, current)}
            aria-autocomplete="list"
            placeholder="Go to, run, change …"
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="go"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setAt(0);
            }}
            onKeyDown={handleKey}
          />
          {failure === undefined ? null : (
            <p className={classes["failure"]} role="alert">
              Not started: {failure}
            </p>
          )}
          <ul className={classes["list"]} id={list} role="listbox" aria-label="Found">
            {found.map((choice) => (
              <li
                key={choice.id}
                id={optionId(list, choice)}
                className={classes["option"]}
                role="option"
                aria-selected={choice === current}
                onPointerMove={() => setAt(found.indexOf(choice))}
                onClick={() => choose(choice)}
              >
                <span className={classes["label"]}>{choice.label}</span>
                {choice.detail === undefined ? null : <span className={classes["detail"]}>{choice.detail}</span>}
                <span className={classes["kind"]}>{choice.kind}</span>
              </li>
            ))}
          </ul>
          <p className={classes["nothing"]} role="status">
            {found.length === 0 ? "Nothing has these letters in this order." : ""}
          </p>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function optionId(list: string, choice: PaletteChoice): string {
  return `${list}-${encodeURIComponent(choice.id)}`;
}
