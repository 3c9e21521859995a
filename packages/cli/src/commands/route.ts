import { answer, defineCommand } from "../harness/command.ts";
import { count, integer, list, object, oneOf, string } from "../harness/json-schema.ts";
import { inventoryOption } from "../inventory/command-options.ts";
import { escapeText } from "../output/escape.ts";

export const command = defineCommand({
  path: ["route"],
  group: "Harness",
  summary: "match a prompt to commands and tools by their words",
  positionals: [{ name: "prompt", stdin: true, description: "the text to route; - reads it from stdin" }],
  options: [
    { name: "limit", type: "int", default: 5, clampNegative: true, description: "how many matches at most" },
    inventoryOption,
  ],
  payload: [
    {
      name: "prompt",
      schema: string,
      presence: "always",
      description: "as given",
      input: "prompt",
      verbatim: true,
    },
    { name: "limit", schema: count, presence: "always", description: "how many matches at most", input: "limit" },
    { name: "match_count", schema: count, presence: "always", description: "how many there are" },
    {
      name: "matches",
      schema: list(object({ kind: oneOf(["command", "tool"]), name: string, score: integer, source_hint: string })),
      presence: "always",
      description: "the best command, the best tool, then the rest, best first",
    },
  ],
  errorKinds: ["invalid_input", "invalid_inventory"],
  examples: ['parl route "review the change"', "parl route - --limit 10 --json"],
  stdout: "envelope",
  run: async (context, { prompt, limit, inventory: directory }) => {
    const [{ loadInventory }, { routePrompt }, { shownMatch }] = await Promise.all([
      import("../inventory/load-inventory.ts"),
      import("../routing/route-prompt.ts"),
      import("../routing/shown-match.ts"),
    ]);
    const inventory = await loadInventory(context, { directory });
    const matches = routePrompt(inventory, prompt, limit).map(shownMatch);
    return answer({ prompt, limit, match_count: matches.length, matches }, (shown) =>
      shown.matches.length === 0
        ? "No mirrored command/tool matches found."
        : shown.matches.map(({ kind, name, score, source_hint }) =>
            [kind, escapeText(name), score, escapeText(source_hint)].join("\t"),
          ),
    );
  },
});
