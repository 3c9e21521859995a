/** What is unfolded in a conversation, kept while its rows come and go. */
import { createContext, use, useSyncExternalStore } from "react";

export class FoldState {
  readonly #open = new Map<string, boolean>();
  readonly #listeners = new Set<() => void>();
  /** A person unfolded or folded something. */
  readonly #toggled: () => void;

  constructor(toggled: () => void) {
    this.#toggled = toggled;
  }

  isOpen(id: string, otherwise = false): boolean {
    return this.#open.get(id) ?? otherwise;
  }

  set(id: string, isOpen: boolean): void {
    this.#toggled();
    this.#open.set(id, isOpen);
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

export const FoldContext = createContext(new FoldState(() => undefined));

/** Whether the thing of this id is unfolded, and how to change that. */
export function useFold(id: string, otherwise = false): readonly [isOpen: boolean, toggle: () => void] {
  const folds = use(FoldContext);
  const isOpen = useSyncExternalStore(folds.subscribe, () => folds.isOpen(id, otherwise));
  return [isOpen, () => folds.set(id, !isOpen)];
}
