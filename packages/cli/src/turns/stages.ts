/** The stages of bootstrap, and where they are recorded: the only instrument, used by the code that is measured. */
import type { CommandContext } from "../harness/context.ts";

/** In their order [CMD-bootstrap-graph-1]; the first three are the framework's. */
export const bootstrapStages = [
  "runtime-start",
  "format-scan",
  "argument-parse",
  "module-load",
  "settings-resolve",
  "inventory-build",
  "engine-select",
  "session-restore",
  "turn-run",
  "session-save",
] as const;
export type BootstrapStage = (typeof bootstrapStages)[number];

/** `stage` is over. */
export function endStage(context: Pick<CommandContext, "stages" | "monotonicMs">, stage: BootstrapStage): void {
  context.stages.push({ name: stage, endMs: context.monotonicMs() });
}
