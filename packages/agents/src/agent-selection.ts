import type { AcpQuirks } from "./acp/acp-quirks.ts";
import { splitWords } from "./split-words.ts";

/** Which agent: the value of `--agent` [TURN-2]. */
export type AgentSelection =
  | { readonly agent: "echo" }
  | { readonly agent: "claude" }
  | {
      readonly agent: "acp";
      readonly command: readonly [program: string, ...args: string[]];
      /** Of a configuration; goes before what is known of the agent [AGENT-14]. */
      readonly quirks?: AcpQuirks | undefined;
    };

export type AgentSelectionResult =
  | { readonly ok: true; readonly selection: AgentSelection }
  | { readonly ok: false; readonly problem: string };

/** Reads `echo`, `claude` or `acp:COMMAND LINE`; the command line is split into words and never given to a shell. */
export function parseAgentSelection(text: string): AgentSelectionResult {
  if (text === "echo" || text === "claude") return { ok: true, selection: { agent: text } };
  if (!text.startsWith("acp:")) {
    return { ok: false, problem: `invalid choice: '${text}' (choose echo, claude or acp:COMMAND)` };
  }
  const words = splitWords(text.slice("acp:".length));
  if (words === undefined) return { ok: false, problem: `read the command of '${text}': a quote is not closed` };
  const [program, ...args] = words;
  if (program === undefined || program === "") {
    return { ok: false, problem: `read the command of '${text}': expected a program after acp:` };
  }
  return { ok: true, selection: { agent: "acp", command: [program, ...args] } };
}
