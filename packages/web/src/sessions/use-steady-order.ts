import { useState } from "react";
import { holdOrder, type HeldOrder } from "./hold-order.ts";
import type { KnownSession } from "./known-session.ts";

/**
 * The sessions in the order of now; while `isHeld`, in the order in which they stood when that began. What is asked for is
 * named by `query`: another one is a list of its own. `release` takes the order of now.
 */
export function useSteadyOrder(
  sessions: readonly KnownSession[],
  isHeld: boolean,
  query: string,
): HeldOrder & { readonly release: () => void } {
  const [held, setHeld] = useState<{ readonly query: string; readonly sessions: readonly KnownSession[] }>();
  const release = (): void => setHeld({ query, sessions });
  // Adjusted while rendering: a row must not move even for one frame.
  if (isHeld && held?.query !== query) release();
  if (!isHeld && held !== undefined) setHeld(undefined);
  const order = isHeld && held?.query === query ? holdOrder(held.sessions, sessions) : { sessions, changed: 0 };
  return { ...order, release };
}
