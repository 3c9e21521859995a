/** The stages of bootstrap in their order [CMD-bootstrap-graph-1]; the first three are recorded by the framework. */
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
