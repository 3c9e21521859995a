/** Drivers that run a coding agent behind one interface: `echo`, `claude` and `acp`. */
export { findClaude } from "./claude/find-claude.ts";
export { parseAcpQuirks, type AcpQuirks, type AcpQuirksResult } from "./acp/acp-quirks.ts";
export { AGENT_ERROR_KINDS, AgentError, type AgentErrorKind, type AgentErrorOptions } from "./agent-error.ts";
export type { AgentEvent, Compaction, PermissionDenial, PermissionQuestion, SessionEvent } from "./agent-event.ts";
export { parseAgentSelection, type AgentSelection, type AgentSelectionResult } from "./agent-selection.ts";
export { createDriver } from "./create-driver.ts";
export { PERMISSION_MODES, type AgentCapabilities, type PermissionMode, type UsageSource } from "./capabilities.ts";
export type {
  AgentInfo,
  Driver,
  DriverHost,
  PermissionPolicy,
  ResumePoint,
  StartedProcess,
  StartOptions,
} from "./driver.ts";
export { countWords } from "@parlatory/protocol/words";
export { AgentProcess, type ProcessEnd } from "./process/agent-process.ts";
export { endProcessTree } from "./process/end-process-tree.ts";
export { readProcessStart } from "./process/process-start.ts";
export { AGENT_MARK, readProcessTable } from "./process/process-table.ts";
export { isOrphanMark } from "./process/agent-mark.ts";
export { sweepOrphans } from "./process/sweep-orphans.ts";
export type {
  AgentSession,
  PermissionAnswer,
  PromptAttachment,
  PromptRequest,
  PromptRouting,
  Run,
  RunCost,
  RunResult,
  RunUsage,
  SteerMessage,
  SteerOutcome,
} from "./session.ts";
export { splitWords } from "./split-words.ts";
