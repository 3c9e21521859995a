import type { RemoteCommandNode } from "@parlatory/protocol/remote";

/** What of a tree of commands has all words of the filter in its label, id, description, or in a group it stands in. */
export function filterCommands(nodes: readonly RemoteCommandNode[], filter: string): RemoteCommandNode[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return words.length === 0 ? [...nodes] : nodes.flatMap((node) => filterNode(node, words, ""));
}

export function countCommands(nodes: readonly RemoteCommandNode[]): number {
  return nodes.reduce((sum, node) => sum + (node.type === "group" ? countCommands(node.children) : 1), 0);
}

function filterNode(node: RemoteCommandNode, words: readonly string[], around: string): RemoteCommandNode[] {
  if (node.type === "group") {
    const children = node.children.flatMap((child) => filterNode(child, words, `${around} ${node.label}`));
    return children.length === 0 ? [] : [{ ...node, children }];
  }
  const text = `${around} ${node.label} ${node.id} ${node.description ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word)) ? [node] : [];
}
