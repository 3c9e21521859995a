import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["ssh-mode"],
  group: "Harness",
  summary: "try to reach a host by ssh, and name the tunnel to its server",
  format: "none",
  positionals: [
    {
      name: "target",
      description: "a host: user@host, host.domain, host:port, ssh://WORD, or a Host of your ssh config",
    },
  ],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl ssh-mode anna@example.org", "parl ssh-mode ssh://buildbox"],
  notes: [
    "Runs `ssh -o BatchMode=yes -o ConnectTimeout=5 … true`, which asks nothing and is over within 5 s.",
    "A failed attempt ends with 1. A bare word that your ssh config does not name is not tried, which ends with 0.",
  ],
  resultExitCodes: [0, 1],
  stdout: "envelope",
  run: async (context, { target }) => {
    const { trySsh } = await import("../modes/ssh-mode.ts");
    const { lines, exitCode } = await trySsh(context, target);
    return answer({}, () => lines, { exitCode });
  },
});
