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
  join: {
    group: "Mesh",
    summary: "join a mesh by an invite link",
    load: () => import("./join.ts"),
  },
  list: {
    group: "Mesh",
    summary: "list the joined meshes with ids, keys and servers",
    load: () => import("./list.ts"),
  },
  leave: {
    group: "Mesh",
    summary: "forget a joined mesh on this machine",
    load: () => import("./leave.ts"),
  },
  status: {
    group: "Mesh",
    summary: "tell whether the server and the joined meshes work",
    load: () => import("./status.ts"),
  },
  peers: {
    group: "Mesh",
    summary: "list who is online in a mesh",
    load: () => import("./peers.ts"),
  },
  send: {
    group: "Mesh",
    summary: "send a message to a peer, a group or everybody",
    load: () => import("./send.ts"),
  },
  messages: {
    group: "Mesh",
    summary: "fetch the mail that waits for this member, or follow it",
    load: () => import("./messages.ts"),
  },
  explain: {
    group: "Mesh",
    summary: "tell what became of a message, recipient by recipient",
    load: () => import("./explain.ts"),
  },
  state: {
    group: "Mesh",
    summary: "read, write and watch the shared state of a mesh",
    actions: {
      get: {
        summary: "read one value of the shared state",
        load: () => import("./state-get.ts"),
      },
      set: {
        summary: "write one value of the shared state",
        load: () => import("./state-set.ts"),
      },
      list: {
        summary: "list the shared state",
        load: () => import("./state-list.ts"),
      },
      watch: {
        summary: "print changes of the shared state as they happen",
        load: () => import("./state-watch.ts"),
      },
    },
  },
  remember: {
    group: "Mesh",
    summary: "store a text in the memory of a mesh",
    load: () => import("./remember.ts"),
  },
  recall: {
    group: "Mesh",
    summary: "search the memory of a mesh",
    load: () => import("./recall.ts"),
  },
  forget: {
    group: "Mesh",
    summary: "remove one memory from a mesh",
    load: () => import("./forget.ts"),
  },
  mesh: {
    group: "Mesh",
    summary: "make meshes, set their policies, manage their members",
    actions: {
      create: {
        summary: "make a mesh on the server, with its owner key kept here",
        load: () => import("./mesh-create.ts"),
      },
      list: {
        summary: "list the meshes this machine has joined or owns",
        load: () => import("./mesh-list.ts"),
      },
      policy: {
        summary: "show or change the policies of a mesh",
        load: () => import("./mesh-policy.ts"),
      },
      members: {
        summary: "list the members of a mesh, or revoke one",
        load: () => import("./mesh-members.ts"),
      },
      seed: {
        summary: "make a mesh for load tests, with all keys in one file",
        load: () => import("./mesh-seed.ts"),
      },
    },
  },
  invite: {
    group: "Mesh",
    summary: "make, list and revoke invites to a mesh",
    actions: {
      create: {
        summary: "make an invite link for a mesh owned here",
        load: () => import("./invite-create.ts"),
      },
      list: {
        summary: "list the invites of a mesh, without their links",
        load: () => import("./invite-list.ts"),
      },
      revoke: {
        summary: "make an invite unusable",
        load: () => import("./invite-revoke.ts"),
      },
    },
  },
  export: {
    group: "Mesh",
    summary: "write policies, members, state and memories of a mesh to a file",
    load: () => import("./export.ts"),
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
        file: "hook",
        load: async () => ({ command: (await import("./hook.ts")).idle }),
      },
      working: {
        summary: "tell the mesh that this session is working (for an agent's hooks)",
        file: "hook",
        load: async () => ({ command: (await import("./hook.ts")).working }),
      },
      dnd: {
        summary: "tell the mesh not to disturb this session (for an agent's hooks)",
        file: "hook",
        load: async () => ({ command: (await import("./hook.ts")).dnd }),
      },
      deliver: {
        summary: "hand waiting messages to the agent whose hook this is",
        load: () => import("./hook-deliver.ts"),
      },
    },
  },

  // Sessions & remote
  sessions: {
    group: "Sessions & remote",
    summary: "list, show and follow the agent sessions of the server",
    actions: {
      list: {
        summary: "list the agent sessions that the server knows, newest first",
        load: () => import("./sessions-list.ts"),
      },
      show: {
        summary: "show one session and its newest messages",
        load: () => import("./sessions-show.ts"),
      },
      follow: {
        summary: "print the messages of a session as they come, until Ctrl-C",
        load: () => import("./sessions-follow.ts"),
      },
    },
  },
  prompt: {
    group: "Sessions & remote",
    summary: "prompt a session of the server, or a new one, and print the answer",
    load: () => import("./prompt.ts"),
  },
  attach: {
    group: "Sessions & remote",
    summary: "follow a session and prompt it line by line, from a terminal or a pipe",
    load: () => import("./attach.ts"),
  },
  kill: {
    group: "Sessions & remote",
    summary: "end the agent process of a session, whatever it does",
    load: () => import("./kill.ts"),
  },
  compact: {
    group: "Sessions & remote",
    summary: "have the agent of a session summarise its context",
    load: () => import("./compact.ts"),
  },
  approvals: {
    group: "Sessions & remote",
    summary: "list and answer what agents ask permission for",
    actions: {
      list: {
        summary: "list what agents ask permission for",
        load: () => import("./approvals-list.ts"),
      },
      answer: {
        summary: "allow or deny what an agent asks for",
        load: () => import("./approvals-answer.ts"),
      },
    },
  },
  run: {
    group: "Sessions & remote",
    summary: "run a command of a project on the server, or list what is offered",
    load: () => import("./run.ts"),
  },
  history: {
    group: "Sessions & remote",
    summary: "list the project commands that ran on the server, or print what one printed",
    load: () => import("./history.ts"),
  },
  pair: {
    group: "Sessions & remote",
    summary: "make a one-time code that lets a phone or browser in",
    load: () => import("./pair.ts"),
  },
  dashboard: {
    group: "Sessions & remote",
    summary: "open the web app in this machine's browser, signed in",
    load: () => import("./dashboard.ts"),
  },
  devices: {
    group: "Sessions & remote",
    summary: "list the paired devices, or revoke one",
    load: () => import("./devices.ts"),
    actions: {
      revoke: {
        summary: "make the key of a paired device invalid, at once",
        load: () => import("./devices-revoke.ts"),
      },
    },
  },

  // Harness
  bootstrap: {
    group: "Harness",
    summary: "gather facts, route a prompt, submit it once and save the session",
    load: () => import("./bootstrap.ts"),
  },
  "turn-loop": {
    group: "Harness",
    summary: "run an agent for one or more turns, with limits and cancellation",
    load: () => import("./turn-loop.ts"),
  },
  route: {
    group: "Harness",
    summary: "match a prompt to commands and tools by their words",
    load: () => import("./route.ts"),
  },
  "flush-transcript": {
    group: "Harness",
    summary: "run one turn and save its session",
    load: () => import("./flush-transcript.ts"),
  },
  "list-sessions": {
    group: "Harness",
    summary: "list the stored sessions",
    load: () => import("./list-sessions.ts"),
  },
  "load-session": {
    group: "Harness",
    summary: "show the figures of a stored session",
    load: () => import("./load-session.ts"),
  },
  "delete-session": {
    group: "Harness",
    summary: "remove a stored session",
    load: () => import("./delete-session.ts"),
  },
  "show-command": {
    group: "Harness",
    summary: "show one command of the inventory",
    load: () => import("./show-command.ts"),
  },
  "show-tool": {
    group: "Harness",
    summary: "show one tool of the inventory",
    load: () => import("./show-tool.ts"),
  },
  "exec-command": {
    group: "Harness",
    summary: "run a command of the inventory with a prompt",
    load: () => import("./exec-command.ts"),
  },
  "exec-tool": {
    group: "Harness",
    summary: "run a tool of the inventory with a payload",
    load: () => import("./exec-tool.ts"),
  },
  "command-graph": {
    group: "Harness",
    summary: "list the commands of the inventory by their kind",
    load: () => import("./command-graph.ts"),
  },
  "tool-pool": {
    group: "Harness",
    summary: "list the tools of the inventory",
    load: () => import("./tool-pool.ts"),
  },
  "bootstrap-graph": {
    group: "Harness",
    summary: "list the stages of bootstrap, with their times if asked",
    load: () => import("./bootstrap-graph.ts"),
  },
  summary: {
    group: "Harness",
    summary: "describe this build, its commands, its tools and a new session",
    format: "none",
    load: () => import("./summary.ts"),
  },
  manifest: {
    group: "Harness",
    summary: "list the source modules this build was made from",
    format: "none",
    load: () => import("./manifest.ts"),
  },
  subsystems: {
    group: "Harness",
    summary: "list the source modules with their file counts",
    format: "none",
    load: () => import("./subsystems.ts"),
  },
  commands: {
    group: "Harness",
    summary: "list the commands of the inventory, filtered",
    format: "none",
    load: () => import("./commands.ts"),
  },
  tools: {
    group: "Harness",
    summary: "list the tools of the inventory, filtered",
    format: "none",
    load: () => import("./tools.ts"),
  },
  "parity-audit": {
    group: "Harness",
    summary: "audit every command against the contract of the command line",
    format: "none",
    load: () => import("./parity-audit.ts"),
  },
  "setup-report": {
    group: "Harness",
    summary: "tell what this program found and read at its start",
    format: "none",
    load: () => import("./setup-report.ts"),
  },
  "remote-mode": {
    group: "Harness",
    summary: "try to reach a Parlatory server and complete its hello",
    format: "none",
    load: () => import("./remote-mode.ts"),
  },
  "ssh-mode": {
    group: "Harness",
    summary: "try to reach a host by ssh, and name the tunnel to its server",
    format: "none",
    load: () => import("./ssh-mode.ts"),
  },
  "teleport-mode": {
    group: "Harness",
    summary: "write a stored session to a bundle that can be carried elsewhere",
    format: "none",
    load: () => import("./teleport-mode.ts"),
  },
  "direct-connect-mode": {
    group: "Harness",
    summary: "try to open the remote socket of a server, without credentials",
    format: "none",
    load: () => import("./direct-connect-mode.ts"),
  },
  "deep-link-mode": {
    group: "Harness",
    summary: "read a parl:// link and tell what it opens",
    format: "none",
    load: () => import("./deep-link-mode.ts"),
  },

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
  backup: {
    group: "Server",
    summary: "copy database, config and admin token to one file while the server runs",
    load: () => import("./backup.ts"),
  },
  restore: {
    group: "Server",
    summary: "put a backup into an empty PARL_HOME",
    load: () => import("./restore.ts"),
  },

  // Diagnostics
  doctor: {
    group: "Diagnostics",
    summary: "check this installation, up to a message through the server and back",
    load: () => import("./doctor.ts"),
  },
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
