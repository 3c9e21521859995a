import { answer, defineCommand } from "../harness/command.ts";
import { boolean, list, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["uninstall"],
  group: "Mesh",
  summary: "take parl's MCP server and hooks out of Claude Code",
  positionals: [],
  options: [],
  payload: [
    { name: "changed", schema: boolean, presence: "always", description: "false: nothing was registered" },
    { name: "mcp_file", schema: string, presence: "always", description: "where the MCP server was looked for" },
    { name: "settings_file", schema: string, presence: "always", description: "where hooks were looked for" },
    {
      name: "backups",
      schema: list(string),
      presence: "always",
      description: "copies made before anything was written",
    },
  ],
  errorKinds: ["invalid_config", "filesystem"],
  examples: ["parl uninstall"],
  stdout: "envelope",
  run: async (context) => {
    const { removeRegistration } = await import("../install/change-registration.ts");
    const { changed, mcpFile, settingsFile, backups } = await removeRegistration(context);
    const payload = { changed, mcp_file: mcpFile, settings_file: settingsFile, backups };
    return answer(payload, (shown) => {
      if (!shown.changed) return "parl is not registered; nothing was changed";
      return [
        `parl is no longer registered in ${shown.mcp_file} and ${shown.settings_file}`,
        ...shown.backups.map((path) => `a copy of what was there before: ${path}`),
      ];
    });
  },
});
