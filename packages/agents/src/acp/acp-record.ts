import type { InitializeResponse } from "@agentclientprotocol/sdk";
import type { AgentCapabilities, PermissionMode } from "../capabilities.ts";
import { isRecord, recordAt } from "../json-fields.ts";
import { acpAttachmentTypes } from "./acp-content.ts";
import { quirksOf, type AcpQuirks } from "./acp-quirks.ts";

/** What one agent can do: its own answer to `initialize`, corrected by what is known of it. */
export interface AcpRecord {
  readonly name: string;
  readonly version: string;
  readonly canLoad: boolean;
  /** Takes a session up again without telling its history anew. */
  readonly canResume: boolean;
  readonly canSteer: boolean;
  /** Media types that its prompts may carry. */
  readonly attachmentTypes: readonly string[];
  readonly quirks: AcpQuirks;
  /** How it can be signed in to, in its own words. */
  readonly logins: readonly string[];
}

/** `program` names an agent that does not name itself; `configured` goes before what is known of it. */
export function acpRecord(answer: InitializeResponse, program: string, configured?: AcpQuirks): AcpRecord {
  const name = answer.agentInfo?.name ?? program;
  const quirks = quirksOf(name, configured);
  const offered = answer.agentCapabilities;
  return {
    name,
    version: answer.agentInfo?.version ?? "unknown",
    canLoad: offered?.loadSession === true && quirks.loadIsBroken !== true,
    canResume: isRecord(offered?.sessionCapabilities?.resume),
    canSteer: recordAt(answer._meta ?? {}, "steering")["supported"] === true,
    attachmentTypes: acpAttachmentTypes(offered?.promptCapabilities),
    quirks,
    logins: (answer.authMethods ?? []).map((method) => method.description ?? method.name),
  };
}

/** `modes`: what a started session can be put into. */
export function acpCapabilities(record: AcpRecord, modes: readonly PermissionMode[] | null = null): AgentCapabilities {
  return {
    transactional: false,
    isolation: "process",
    usageSource: null,
    permissionModes: modes,
    canChooseModel: true,
    canResume: record.canLoad || record.canResume,
    canSteer: record.canSteer,
    canCompact: false,
    dedupesPrompts: false,
    keepsFiles: false,
    canInterrupt: true,
    resume: record.canLoad || record.canResume ? "full" : "replayed",
    canResumeElsewhere: false,
    systemPrompt: record.quirks.appendsSystemPrompt === true ? "start" : "none",
    cost: "cumulative",
    attachmentTypes: record.attachmentTypes,
    rejectEndsTurn: record.quirks.rejectEndsTurn === true,
  };
}
