import type { RemoteCommandNode, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import { cutStrings, jsonBytes, shrinkToFit } from "./cut-strings.ts";

type AvailableCommands = RemoteServerMessageOf<"available_commands">;

/** Descriptions go first, then trailing entries of the project ([RLIM-3]); a group is left out whole when it does not fit. */
export function fitAvailableCommands(message: AvailableCommands, budget: number): AvailableCommands {
  const bare: AvailableCommands = {
    ...cutStrings(message),
    project_commands: message.project_commands.map(withoutDescription),
    general_commands: message.general_commands.map(withoutDescription),
  };
  if (jsonBytes(bare) <= budget) return bare;
  const empty = { ...bare, project_commands: [], truncated: true as const };
  let room = budget - jsonBytes(empty);
  const kept = takeFitting(
    bare.project_commands,
    () => room,
    (taken) => (room -= taken),
  );
  return shrinkToFit({ ...empty, project_commands: kept }, budget);
}

function withoutDescription(node: RemoteCommandNode): RemoteCommandNode {
  if (node.type === "group") return { ...node, children: node.children.map(withoutDescription) };
  const { description: _, ...bare } = node;
  return bare;
}

/** Nodes from the first as far as they fit; the group that does not is taken with as many of its children as do. */
function takeFitting(
  nodes: readonly RemoteCommandNode[],
  room: () => number,
  take: (bytes: number) => void,
): RemoteCommandNode[] {
  const kept: RemoteCommandNode[] = [];
  for (const node of nodes) {
    const comma = kept.length === 0 ? 0 : 1;
    const whole = jsonBytes(node) + comma;
    if (whole <= room()) {
      take(whole);
      kept.push(node);
      continue;
    }
    if (node.type === "group") {
      const shell = jsonBytes({ ...node, children: [] }) + comma;
      if (shell < room()) {
        take(shell);
        const children = takeFitting(node.children, room, take);
        if (children.length > 0) kept.push({ ...node, children });
      }
    }
    break;
  }
  return kept;
}
