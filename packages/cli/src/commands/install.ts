import { answer, defineCommand } from "../harness/command.ts";
import { boolean, list, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["install"],
  group: "Mesh",
  summary: "register parl with Claude Code: MCP server and hooks",
  positionals: [],
  options: [
    { name: "no-hooks", type: "boolean", description: "only the MCP server; mail then waits for check_messages" },
  ],
  payload: [
    { name: "changed", schema: boolean, presence: "always", description: "false: everything was registered already" },
    { name: "hooks", schema: boolean, presence: "always", description: "whether hooks were asked for" },
    { name: "mcp_file", schema: string, presence: "always", description: "where the MCP server is registered" },
    { name: "settings_file", schema: string, presence: "always", description: "where the hooks are registered" },
    {
      name: "backups",
      schema: list(string),
      presence: "always",
      description: "copies made before anything was written",
    },
  ],
  errorKinds: ["invalid_config", "filesystem"],
  examples: ["parl install", "parl install --no-hooks"],
  stdout: "envelope",
  run: async (context, { noHooks }) => {
    const { addRegistration } = await import("../install/change-registration.ts");
    const { changed, mcpFile, settingsFile, backups } = await addRegistration(context, { hooks: !noHooks });
    const payload = { changed, hooks: !noHooks, mcp_file: mcpFile, settings_file: settingsFile, backups };
    return answer(payload, (shown) => {
      if (!shown.changed) return "parl is registered already; nothing was changed";
      return [
        `MCP server 'parlatory' is registered in ${shown.mcp_file}`,
        ...(shown.hooks ? [`hooks are registered in ${shown.settings_file}`] : []),
        ...shown.backups.map((path) => `a copy of what was there before: ${path}`),
        "sessions that are already running see it after a restart; `parl uninstall` takes it back",
      ];
    });
  },
});
