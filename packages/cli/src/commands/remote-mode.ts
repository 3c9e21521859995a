import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["remote-mode"],
  group: "Harness",
  summary: "try to reach a Parlatory server and complete its hello",
  format: "none",
  positionals: [{ name: "target", description: "an address of a server: a ws, wss, http or https URL" }],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl remote-mode ws://127.0.0.1:7900", "parl remote-mode wss://example.org/ws"],
  notes: [
    "An address that ends in /ws, or is that of a joined mesh, gets the hello of that mesh; any other the remote protocol.",
    "The attempt is over within 5 s; a failed one ends with 1. What is no such URL is not tried, which ends with 0.",
  ],
  resultExitCodes: [0, 1],
  stdout: "envelope",
  run: async (context, { target }) => {
    const { tryRemote } = await import("../modes/remote-mode.ts");
    const { lines, exitCode } = await tryRemote(context, target);
    return answer({}, () => lines, { exitCode });
  },
});
