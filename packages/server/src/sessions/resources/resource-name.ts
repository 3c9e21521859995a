import { prefixOfBytes } from "@parlatory/protocol/remote";

const MAX_BYTES = 255;

/** One name, of one file, in one folder ([RES-3]). */
export function isResourceName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || !name.isWellFormed()) return false;
  return !/[/\\\p{Cc}]/u.test(name) && Buffer.byteLength(name) <= MAX_BYTES;
}

/**
 * The names to try, one after the other, for a file that is to be called `name` ([RES-5]). Where a name with a stamp would be
 * too long, its stem gives way.
 */
export function* namesFor(name: string, now: number): Generator<string, never> {
  yield name;
  const dot = name.lastIndexOf(".");
  // A dot in front is the beginning of a hidden file's name.
  const stem = dot > 0 ? name.slice(0, dot) : name;
  const extension = dot > 0 ? name.slice(dot) : "";
  const stamp = new Date(now).toISOString().replace(/\D/g, "").slice(0, 14);
  for (let n = 1; ; n++) {
    const suffix = n === 1 ? `-${stamp}` : `-${stamp}-${n}`;
    const room = MAX_BYTES - suffix.length;
    // An extension as long as the whole name is none.
    const kept = prefixOfBytes(extension, Math.floor(room / 2));
    yield `${prefixOfBytes(stem, room - Buffer.byteLength(kept))}${suffix}${kept}`;
  }
}
