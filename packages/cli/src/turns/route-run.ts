/** Routing of a run: once, from its first prompt [LOOP-1]. */
import type { PromptRouting } from "@parlatory/agents";
import type { CommandContext } from "../harness/context.ts";
import { routingDenials } from "../inventory/gated-tools.ts";
import type { Inventory, RoutedMatch, ToolRow } from "../inventory/inventory.ts";
import { loadInventory } from "../inventory/load-inventory.ts";
import { routePrompt } from "../routing/route-prompt.ts";

export interface RunRouting {
  readonly inventory: Inventory;
  readonly matches: readonly RoutedMatch[];
  readonly routing: PromptRouting;
}

/** Errors: `invalid_inventory`. */
export async function routeRun(
  context: CommandContext,
  request: {
    readonly prompt: string;
    readonly limit: number;
    readonly inventory: string | undefined;
    readonly allowTool: readonly string[];
    readonly workingDirectory: string;
  },
): Promise<RunRouting> {
  const { prompt, limit, workingDirectory } = request;
  const inventory = await loadInventory(context, { directory: request.inventory, workingDirectory });
  const matches = routePrompt(inventory, prompt, limit);
  const tools: ToolRow[] = [];
  const matchedCommands: string[] = [];
  for (const match of matches) {
    if (match.kind === "tool") tools.push(match.row);
    else matchedCommands.push(match.row.name);
  }
  return {
    inventory,
    matches,
    routing: {
      matchedCommands,
      matchedTools: tools.map(({ name }) => name),
      deniedTools: routingDenials(tools, request.allowTool),
    },
  };
}
