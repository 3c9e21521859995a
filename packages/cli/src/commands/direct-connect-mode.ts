import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["direct-connect-mode"],
  group: "Harness",
  summary: "try to open the remote socket of a server, without credentials",
  format: "none",
  positionals: [{ name: "target", description: "an address of a server: a ws, wss, http or https URL" }],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl direct-connect-mode ws://127.0.0.1:7900"],
  notes: [
    "The socket is opened at /remote of the address and closed again, within 5 s; nothing is sent.",
    "A failed attempt ends with 1. What is no such URL is not tried, which ends with 0.",
  ],
  resultExitCodes: [0, 1],
  stdout: "envelope",
  run: async (context, { target }) => {
    const { tryDirectConnect } = await import("../modes/direct-connect-mode.ts");
    const { lines, exitCode, reason } = await tryDirectConnect(context, target);
    if (reason !== undefined && context.isTerminal.stderr) context.note(`hint: ${reason}`);
    return answer({}, () => lines, { exitCode });
  },
});
