/** The form in which two tags are compared: whole and without regard to case ([MEM-2]). */
export function tagKey(tag: string): string {
  return tag.toLowerCase();
}

/** Tells whether a memory has all the wanted tags ([MEM-2]). */
export function hasAllTags(tags: readonly string[], wanted: readonly string[]): boolean {
  const keys = new Set(tags.map(tagKey));
  return wanted.every((tag) => keys.has(tagKey(tag)));
}
