import { createContext, use } from "react";

export interface RowState {
  /** The one that the keyboard is at: only its buttons are among the tab stops. */
  readonly isActive: boolean;
  /** What has no result in it yet is still at work. */
  readonly isLive: boolean;
}

export const RowContext = createContext<RowState>({ isActive: true, isLive: false });

/** The place among the tab stops of what stands inside of a row. */
export function useRowTab(): 0 | -1 {
  return use(RowContext).isActive ? 0 : -1;
}
