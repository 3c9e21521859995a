import { answer, defineCommand } from "../harness/command.ts";
import { echoPeerNotes } from "../echo-peer/rules-help.ts";

export const command = defineCommand({
  path: ["launch"],
  group: "Mesh",
  summary: "start an agent as a peer of a mesh",
  positionals: [],
  options: [
    {
      name: "agent",
      type: "string",
      placeholder: "claude|echo",
      default: "claude",
      description: "echo: a built-in peer without a model; any other value is Claude Code's own --agent",
    },
    { name: "name", type: "string", description: "name in the mesh; empty: HOSTNAME-PID" },
    { name: "role", type: "string", description: "free text of at most 64 characters that others see" },
    { name: "groups", type: "string", placeholder: "NAME[:ROLE],…", description: "groups to be in" },
    { name: "mesh", type: "string", placeholder: "SLUG", env: "PARL_MESH", description: "which of the joined meshes" },
    {
      name: "join",
      type: "string",
      placeholder: "LINK",
      description: "join by this invite link first, and use that mesh",
    },
    {
      name: "message-mode",
      type: "choice",
      choices: ["push", "inbox", "off"],
      env: "PARL_MESSAGE_MODE",
      description: "messages reach the agent with their text, as notices, or when it asks; without it push",
    },
    {
      name: "no-channel",
      type: "boolean",
      description: "do not ask Claude Code for its channel, a doorbell of mode push",
    },
    { name: "quiet", type: "boolean", description: "print no banner" },
    { name: "yes", short: "y", type: "boolean", description: "ask nothing, consent included; needed in json mode" },
  ],
  payload: [],
  errorKinds: [
    "engine_unavailable",
    "not_joined",
    "mesh_required",
    "mesh_not_found",
    "bad_group",
    "invalid_input",
    "invalid_config",
    "filesystem",
    "server_unreachable",
    "unauthorized",
    "revoked",
    "timestamp_skew",
    "capacity",
    "invite_malformed",
    "invite_bad_signature",
    "invite_expired",
    "invite_revoked",
    "invite_exhausted",
    "invite_not_found",
    "member_revoked",
  ],
  resultExitCodes: [0, 1, 130],
  examples: [
    "parl launch",
    "parl launch -y --name ann --role reviewer --groups frontend:lead,ops",
    "parl launch -y --name ann -- --model opus 'look at the open reviews'",
    "parl launch --agent echo --name ping -y",
  ],
  notes: echoPeerNotes,
  stdout: "own",
  interrupt: "own",
  passThroughUnknown: true,
  passesStatus: true,
  run: async (context, options) => {
    const { runLaunch } = await import("../launch/run-launch.ts");
    const end = await runLaunch(context, options);
    if (end.declined) {
      return answer({}, () => "Nothing was started. `parl launch` asks again; `parl launch --help` shows the options.");
    }
    const { exitCode, signal } = end;
    return { payload: {}, exitCode, ...(signal === null ? {} : { endBySignal: signal }) };
  },
});
