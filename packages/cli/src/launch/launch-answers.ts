import type { MeshEntry } from "@parlatory/client";
import type { GroupEntry } from "@parlatory/protocol";
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";

/** Who the launched agent will be, and where. */
export interface LaunchAnswers {
  readonly mesh: MeshEntry;
  readonly name: string;
  readonly role: string | undefined;
  readonly groups: readonly GroupEntry[];
}

const maxRoleChars = 64;

/** Blank is the same as not given. */
export function givenText(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}

/** Errors: `invalid_input` when it is too long [LIM-14]. */
export function parseRole(text: string | undefined): string | undefined {
  const role = givenText(text);
  if (role === undefined || [...role].length <= maxRoleChars) return role;
  throw new CommandError({
    kind: "invalid_input",
    target: "role",
    operation: "read_role",
    message: `the role ${quoteValue(role)} is longer than ${maxRoleChars} characters; nothing was started`,
    hint: `give a role of at most ${maxRoleChars} characters with \`--role\``,
  });
}

/** The text form of [GRP-5]. Errors: `bad_group`. */
export async function parseGroups(text: string | undefined): Promise<readonly GroupEntry[]> {
  const { parseGroupList } = await import("@parlatory/protocol");
  const result = parseGroupList(text ?? "");
  if (result.ok) return result.groups;
  throw new CommandError({
    kind: "bad_group",
    target: result.entry,
    message: `cannot use the group ${quoteValue(result.entry)}: ${result.reason}; nothing was started`,
  });
}

export function formatGroups(groups: readonly GroupEntry[]): string {
  return groups.map(({ name, role }) => (role === undefined ? name : `${name}:${role}`)).join(",");
}
