import { useState } from "react";
import { holdOrder, type HeldOrder } from "./hold-order.ts";
import type { KnownSession } from "./known-session.ts";

/** The sessions in the order of now; while `isHeld`, in the order in which they stood when that began. */
export function useSteadyOrder(sessions: readonly KnownSession[], isHeld: boolean): HeldOrder {
  const [held, setHeld] = useState<readonly KnownSession[]>();
  // Adjusted while rendering: a row must not move even for one frame.
  if (isHeld && held === undefined) setHeld(sessions);
  if (!isHeld && held !== undefined) setHeld(undefined);
  return !isHeld || held === undefined ? { sessions, changed: 0 } : holdOrder(held, sessions);
}
