import { defineCommand } from "../harness/command.ts";
import {
  executionBranches,
  executionPayload,
  runDirectoryOption,
  runTimeoutOption,
} from "../handlers/execution-fields.ts";
import { allowToolOption, inventoryOption } from "../inventory/command-options.ts";

export const command = defineCommand({
  path: ["exec-command"],
  group: "Harness",
  summary: "run a command of the inventory with a prompt",
  positionals: [
    { name: "name", description: "name of the command, in any case; `parl commands` lists them" },
    { name: "prompt", stdin: true, description: "given to the command; `-` reads it from stdin" },
  ],
  options: [runTimeoutOption, runDirectoryOption, inventoryOption, allowToolOption],
  payload: executionPayload("command", "prompt"),
  branches: executionBranches("command", "prompt"),
  errorKinds: [
    "command_not_found",
    "permission_denied",
    "invalid_payload",
    "invalid_input",
    "invalid_inventory",
    "invalid_working_directory",
    "execution_failed",
    "execution_timeout",
  ],
  examples: ["parl exec-command version ''", "parl exec-command test 'only the parser' --json --timeout-seconds 60"],
  notes: [
    "A command of parl gets the prompt split into arguments. A target of the project gets it in PARL_PROMPT and on stdin.",
    "Naming a target of the project is the consent to run it. A mirrored row runs nothing.",
  ],
  stdout: "envelope",
  interrupt: "own",
  run: async (context, { name, prompt, ...options }) => {
    const { executeNamedRow } = await import("../handlers/execute-named-row.ts");
    return executeNamedRow(context, { kind: "command", name, text: prompt, ...options });
  },
});
