/** Runs a command of the program's own table in this process; in json mode its envelope is checked against its schema. */
import { commandTable } from "../../../src/commands/index.ts";
import { run, type InProcessRun } from "../../support/run-in-process.ts";
import { checkRows, createInventory, createProject } from "./project.ts";

export interface RunOptions {
  readonly workingDirectory?: string;
  readonly userHome?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** In an empty project unless another is given. */
export function runCommand(argv: readonly string[], options: RunOptions = {}): Promise<InProcessRun> {
  return run(argv, {
    workingDirectory: createProject(),
    ...options,
    table: commandTable,
    env: { PARL_VALIDATE: "1", ...options.env },
  });
}

/** `--inventory` with the rows of [RTE-7]. */
export function checkInventory(): string[] {
  return ["--inventory", createInventory(checkRows)];
}
