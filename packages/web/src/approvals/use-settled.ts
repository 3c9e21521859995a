import { useEffect, useState } from "react";

const settleMs = 350;

/**
 * False for a moment after something else has come into this place: a finger that was on its way to one question must not
 * answer another one that slipped under it.
 */
export function useSettled(place: string): boolean {
  const [settled, setSettled] = useState<string>();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(place), settleMs);
    return () => clearTimeout(timer);
  }, [place]);
  return settled === place;
}
