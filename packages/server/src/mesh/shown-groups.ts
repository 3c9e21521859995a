/** Groups as they appear in frames, events and rows: a role only where there is one ([GRP-3]). */
export function toShownGroups(
  groups: readonly { name: string; role?: string | undefined }[],
): { name: string; role?: string }[] {
  return groups.map(({ name, role }) => (role === undefined ? { name } : { name, role }));
}
