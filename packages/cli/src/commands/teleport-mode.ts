import { answer, defineCommand } from "../harness/command.ts";
import { directoryOption } from "../session-store/directory-option.ts";

export const command = defineCommand({
  path: ["teleport-mode"],
  group: "Harness",
  summary: "write a stored session to a bundle that can be carried elsewhere",
  format: "none",
  positionals: [{ name: "target", description: "id of the session" }],
  options: [
    directoryOption,
    {
      name: "output",
      type: "string",
      placeholder: "FILE",
      description: "the bundle, a file that is not there yet (default: TARGET.parlbundle.json)",
    },
  ],
  payload: [],
  errorKinds: [],
  examples: ["parl teleport-mode review-1", "parl teleport-mode review-1 --directory runs --output review.json"],
  notes: [
    "The bundle is read back and its checksum compared; an attempt that fails ends with 1.",
    "Without such a session nothing is written, which ends with 0, or with 1 when --output demands a bundle.",
  ],
  resultExitCodes: [0, 1],
  stdout: "envelope",
  run: async (context, { target, directory, output }) => {
    const { teleport } = await import("../modes/teleport-mode.ts");
    const { lines, exitCode } = await teleport(context, { target, directory, output });
    return answer({}, () => lines, { exitCode });
  },
});
