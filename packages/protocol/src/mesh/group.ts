/** A label on a presence. Roles are free text with no meaning to the broker. */
export interface GroupEntry {
  name: string;
  role?: string | undefined;
}

export const GROUP_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
export const RESERVED_GROUP = "all";

export function isGroupName(text: string): boolean {
  return GROUP_NAME_PATTERN.test(text);
}

export type GroupListResult = { ok: true; groups: GroupEntry[] } | { ok: false; entry: string; reason: string };

/**
 * Reads the text form of `--groups` ([GRP-5]): entries split at commas, each `name` or `name:role` split at the first
 * colon, one leading `@` stripped. The reserved group is dropped, because everybody is in it ([GRP-2]).
 */
export function parseGroupList(text: string): GroupListResult {
  const byName = new Map<string, GroupEntry>();
  for (const raw of text.split(",")) {
    const entry = raw.trim();
    if (entry === "") continue;
    const colon = entry.indexOf(":");
    const name = (colon < 0 ? entry : entry.slice(0, colon)).trim().replace(/^@/, "").trim();
    const role = colon < 0 ? "" : entry.slice(colon + 1).trim();
    if (name === RESERVED_GROUP) continue;
    if (!isGroupName(name)) {
      return {
        ok: false,
        entry,
        reason: `'${name}' is not a group name (1-64 of A-Z a-z 0-9 . _ / -, starting with a letter or digit)`,
      };
    }
    if ([...role].length > 64) return { ok: false, entry, reason: "a group role has at most 64 characters" };
    byName.set(name, role === "" ? { name } : { name, role });
  }
  return { ok: true, groups: [...byName.values()] };
}
