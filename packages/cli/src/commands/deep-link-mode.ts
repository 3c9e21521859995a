import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["deep-link-mode"],
  group: "Harness",
  summary: "read a parl:// link and tell what it opens",
  format: "none",
  positionals: [{ name: "target", description: "a link: parl://session/ID, parl://join/TOKEN or parl://pair/CODE" }],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl deep-link-mode parl://session/review-1"],
  notes: [
    "Only reads the text; nothing is contacted or opened, and no secret of the link is printed.",
    "A malformed link or an unknown kind ends with 1. What does not start with parl:// is not read, which ends with 0.",
  ],
  resultExitCodes: [0, 1],
  stdout: "envelope",
  run: async (_context, { target }) => {
    const { readDeepLink } = await import("../modes/deep-link-mode.ts");
    const { lines, exitCode } = readDeepLink(target);
    return answer({}, () => lines, { exitCode });
  },
});
