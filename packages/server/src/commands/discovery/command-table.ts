/**
 * The table of what is offered in a directory: ids made unique, commands by id, and the tree that clients see ([CMD-3],
 * [CMD-4]). Equal inputs give equal tables.
 */
import type { CommandNode } from "../command-desk.ts";
import type { OfferedCommand } from "./offered-command.ts";

export interface CommandTable {
  readonly commands: ReadonlyMap<string, OfferedCommand>;
  readonly projectCommands: CommandNode[];
  readonly generalCommands: CommandNode[];
}

/**
 * `general`: their ids are fixed by the contract, so they come first. `project`: by source, in the order in which a later id
 * gives way.
 */
export function buildCommandTable(
  general: readonly OfferedCommand[],
  project: readonly OfferedCommand[],
): CommandTable {
  const commands = new Map<string, OfferedCommand>();
  const offer = (command: OfferedCommand): OfferedCommand => {
    let { id } = command;
    for (let n = 2; commands.has(id); n++) id = `${command.id}~${n}`;
    const offered = { ...command, id };
    commands.set(id, offered);
    return offered;
  };
  const generalCommands = general.map((command) => nodeOf(offer(command)));
  return { commands, generalCommands, projectCommands: treeOf(project.map(offer)) };
}

interface Group {
  readonly label: string;
  readonly commands: CommandNode[];
  readonly groups: Map<string, Group>;
}

function treeOf(commands: readonly OfferedCommand[]): CommandNode[] {
  const root: Group = { label: "", commands: [], groups: new Map() };
  for (const command of commands) groupOf(root, command.groups).commands.push(nodeOf(command));
  moveNamesakes(root);
  return childrenOf(root);
}

function groupOf(root: Group, path: OfferedCommand["groups"]): Group {
  let group = root;
  for (const { id, label } of path) {
    let inner = group.groups.get(id);
    if (inner === undefined) {
      inner = { label, commands: [], groups: new Map() };
      group.groups.set(id, inner);
    }
    group = inner;
  }
  return group;
}

/** A command named like a group beside it is the first of that group. */
function moveNamesakes(parent: Group): void {
  for (const group of parent.groups.values()) moveNamesakes(group);
  for (const command of parent.commands.splice(0)) (parent.groups.get(command.id) ?? parent).commands.push(command);
}

function childrenOf(group: Group): CommandNode[] {
  const groups = [...group.groups].map(([id, inner]): CommandNode => ({
    id,
    label: inner.label,
    type: "group",
    children: childrenOf(inner),
  }));
  return [...group.commands.sort(byId), ...groups.sort(byId)];
}

function nodeOf({ id, label, description }: OfferedCommand): CommandNode {
  return { id, label, type: "command", ...(description === undefined ? {} : { description }) };
}

function byId(a: CommandNode, b: CommandNode): number {
  return Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
}
