const maxDistance = 2;
const sharedPrefix = 3;
const maxProposals = 3;
/** Longer inputs are not typing mistakes; comparing them would only cost time. */
const maxComparedLength = 64;

/** Up to three candidates within edit distance 2 or sharing a prefix of three, by distance, then name [ARG-11]. */
export function nearestNames(word: string, candidates: readonly string[]): string[] {
  if (word.length > maxComparedLength) return [];
  const scored: { name: string; distance: number }[] = [];
  for (const name of candidates) {
    const distance = editDistance(word, name);
    const sharesPrefix = word.length >= sharedPrefix && name.startsWith(word.slice(0, sharedPrefix));
    if (distance <= maxDistance || sharesPrefix) scored.push({ name, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return scored.slice(0, maxProposals).map(({ name }) => name);
}

/** Levenshtein distance, one row at a time. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
