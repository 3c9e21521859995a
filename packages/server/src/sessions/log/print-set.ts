import { indexOfPrint, PRINT_CHARS } from "./print-row.ts";

/** So many are looked for one by one; for more, all that are there are put into a set first. */
const FEW = 8;

/** Whether one of the prints in `sought` is among those in `prints`. */
export function hasAnyPrint(prints: string, sought: string): boolean {
  if (sought.length <= FEW * PRINT_CHARS) {
    for (let at = 0; at < sought.length; at += PRINT_CHARS) {
      if (indexOfPrint(prints, sought.slice(at, at + PRINT_CHARS)) !== -1) return true;
    }
    return false;
  }
  const known = new Set<string>();
  for (let at = 0; at < prints.length; at += PRINT_CHARS) known.add(prints.slice(at, at + PRINT_CHARS));
  for (let at = 0; at < sought.length; at += PRINT_CHARS) {
    if (known.has(sought.slice(at, at + PRINT_CHARS))) return true;
  }
  return false;
}
