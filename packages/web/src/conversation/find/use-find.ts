import { useDeferredValue, useEffect, useEffectEvent, useMemo, useState } from "react";
import type { FollowedHistory } from "../follow/followed-history.ts";
import type { FoldState } from "../fold/fold-state.ts";
import type { ConversationListHandle } from "../scroll/conversation-list.tsx";
import { findRows, foldsOver } from "./find-rows.ts";

export interface Find {
  /** Undefined: nobody looks for anything. */
  readonly words: string | undefined;
  /** Where one is in what was found; -1 before the first step. */
  readonly at: number;
  /** Keys of rows. */
  readonly found: readonly string[];
  readonly open: () => void;
  readonly look: (words: string) => void;
  readonly step: (step: 1 | -1) => void;
  readonly close: () => void;
}

/** Looking for words in what is loaded; `/` opens it, as in many programs. */
export function useFind(
  history: FollowedHistory,
  list: { readonly current: ConversationListHandle | null },
  folds: FoldState,
): Find {
  const [words, setWords] = useState<string>();
  const [current, setCurrent] = useState<string>();
  const looked = useDeferredValue(words);
  const { version } = history;
  const { rows } = history.timeline;
  const found = useMemo(
    () => (looked === undefined ? [] : findRows(rows, looked)),
    // The rows are the same array while messages are appended to it: the version tells of them.
    [looked, rows, version],
  );
  const at = current === undefined ? -1 : found.indexOf(current);
  const open = (): void => setWords((known) => known ?? "");
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || words !== undefined) return;
    if (event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [role=dialog]")) return;
    event.preventDefault();
    open();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => pressed(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
  const look = (next: string): void => {
    setWords(next);
    setCurrent(undefined);
  };
  const close = (): void => {
    setWords(undefined);
    setCurrent(undefined);
    list.current?.focus();
  };
  /** The first step goes to the newest: that is where one is. */
  const step = (by: 1 | -1): void => {
    const key = found[at === -1 ? found.length - 1 : (at + by + found.length) % found.length];
    const index = key === undefined ? -1 : history.timeline.indexOfKey(key);
    const row = rows[index];
    if (key === undefined || row === undefined || looked === undefined) return;
    setCurrent(key);
    for (const fold of foldsOver(row, looked)) folds.set(fold, true);
    list.current?.goTo(index);
  };
  return { words, at, found, open, look, step, close };
}
