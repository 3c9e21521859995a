import { answer, defineCommand } from "../harness/command.ts";
import { count, list, object, string } from "../harness/json-schema.ts";
import { inventoryOption } from "../inventory/command-options.ts";

const items = list(object({ name: string, source_hint: string }));

export const command = defineCommand({
  path: ["command-graph"],
  group: "Harness",
  summary: "list the commands of the inventory by their kind",
  positionals: [],
  options: [inventoryOption],
  payload: [
    { name: "builtins_count", schema: count, presence: "always", description: "commands of the product itself" },
    { name: "plugin_like_count", schema: count, presence: "always", description: "commands of the project's tools" },
    { name: "skill_like_count", schema: count, presence: "always", description: "skills" },
    { name: "total_count", schema: count, presence: "always", description: "sum of the three" },
    { name: "builtins", schema: items, presence: "always", description: "in the order of the inventory" },
    { name: "plugin_like", schema: items, presence: "always", description: "in the order of the inventory" },
    { name: "skill_like", schema: items, presence: "always", description: "in the order of the inventory" },
  ],
  errorKinds: ["invalid_inventory"],
  examples: ["parl command-graph", "parl command-graph --json"],
  stdout: "envelope",
  run: async (context, { inventory: directory }) => {
    const { loadInventory } = await import("../inventory/load-inventory.ts");
    const { commands } = await loadInventory(context, { directory });
    const ofKind = (wanted: (typeof commands)[number]["kind"]) =>
      commands.filter(({ kind }) => kind === wanted).map(({ name, sourceHint }) => ({ name, source_hint: sourceHint }));
    const builtins = ofKind("builtin");
    const pluginLike = ofKind("plugin");
    const skillLike = ofKind("skill");
    return answer(
      {
        builtins_count: builtins.length,
        plugin_like_count: pluginLike.length,
        skill_like_count: skillLike.length,
        total_count: builtins.length + pluginLike.length + skillLike.length,
        builtins,
        plugin_like: pluginLike,
        skill_like: skillLike,
      },
      (shown) => [
        "# Command Graph",
        "",
        `Builtins: ${shown.builtins_count}`,
        `Plugin-like commands: ${shown.plugin_like_count}`,
        `Skill-like commands: ${shown.skill_like_count}`,
      ],
    );
  },
});
