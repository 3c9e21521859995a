const MAX_LENGTH = 60;

/** A name as branch and folder have it ([RES-1]); "" when nothing is left of it. */
export function cleanWorktreeName(name: string): string {
  const cleaned = name
    .toLowerCase()
    .replace(/\s+/g, "-")
    .replace(/[^a-z0-9-]/g, "");
  return cleaned.replace(/^-+/, "").slice(0, MAX_LENGTH).replace(/-+$/, "");
}

/** `name-2`, `name-3`, … within the length. */
export function numberedWorktreeName(name: string, n: number): string {
  const suffix = `-${n}`;
  return name.slice(0, MAX_LENGTH - suffix.length).replace(/-+$/, "") + suffix;
}
