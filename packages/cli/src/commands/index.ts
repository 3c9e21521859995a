/**
 * The table of commands. One row a top-level word, grouped as `parl --help` shows them; `load` is the only way to a
 * command's module, so that start-up loads none of the others. `group` and `summary` repeat the definition's (a test
 * compares them): help of all commands must not load them all.
 */
import type { CommandTable } from "../harness/table.ts";

export const commandTable: CommandTable = {
  // Mesh
  welcome: {
    group: "Mesh",
    summary: "say what to do next on this machine",
    load: () => import("./welcome.ts"),
  },
  launch: {
    group: "Mesh",
    summary: "start an agent as a peer of a mesh",
    load: () => import("./launch.ts"),
  },
  install: {
    group: "Mesh",
    summary: "register parl with Claude Code: MCP server and hooks",
    load: () => import("./install.ts"),
  },
  uninstall: {
    group: "Mesh",
    summary: "take parl's MCP server and hooks out of Claude Code",
    load: () => import("./uninstall.ts"),
  },
  mcp: {
    group: "Mesh",
    summary: "serve the mesh to an agent as MCP tools on stdin and stdout",
    load: () => import("./mcp.ts"),
  },
  hook: {
    group: "Mesh",
    summary: "what an agent's hooks run: status and delivery",
    format: "flag",
    actions: {
      idle: {
        summary: "tell the mesh that this session is idle (for an agent's hooks)",
        load: async () => ({ command: (await import("./hook.ts")).idle }),
      },
      working: {
        summary: "tell the mesh that this session is working (for an agent's hooks)",
        load: async () => ({ command: (await import("./hook.ts")).working }),
      },
      dnd: {
        summary: "tell the mesh not to disturb this session (for an agent's hooks)",
        load: async () => ({ command: (await import("./hook.ts")).dnd }),
      },
      deliver: {
        summary: "hand waiting messages to the agent whose hook this is",
        load: () => import("./hook-deliver.ts"),
      },
    },
  },

  // Sessions & remote

  // Harness

  // Server
  up: {
    group: "Server",
    summary: "start the server, in the background unless told otherwise",
    load: () => import("./up.ts"),
  },
  down: {
    group: "Server",
    summary: "stop the server that `parl up` started",
    load: () => import("./down.ts"),
  },

  // Diagnostics
  version: {
    group: "Diagnostics",
    summary: "print the version of this program",
    load: () => import("./version.ts"),
  },
  help: {
    group: "Diagnostics",
    summary: "explain the program or one command",
    load: () => import("./help.ts"),
  },
  schema: {
    group: "Diagnostics",
    summary: "print the JSON Schema of a command's output",
    load: () => import("./schema.ts"),
  },
};
