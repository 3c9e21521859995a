import type { InitializeResponse } from "@agentclientprotocol/sdk";
import type { AgentCapabilities } from "../capabilities.ts";
import { isRecord, recordAt } from "../json-fields.ts";
import { quirksOf, type AcpQuirks } from "./acp-quirks.ts";

/** What one agent can do: its own answer to `initialize`, corrected by what is known of it. */
export interface AcpRecord {
  readonly name: string;
  readonly version: string;
  readonly canLoad: boolean;
  /** Takes a session up again without telling its history anew. */
  readonly canResume: boolean;
  readonly canSteer: boolean;
  readonly quirks: AcpQuirks;
  /** How it can be signed in to, in its own words. */
  readonly logins: readonly string[];
}

/** `program` names an agent that does not name itself. */
export function acpRecord(answer: InitializeResponse, program: string): AcpRecord {
  const name = answer.agentInfo?.name ?? program;
  const quirks = quirksOf(name);
  const offered = answer.agentCapabilities;
  return {
    name,
    version: answer.agentInfo?.version ?? "unknown",
    canLoad: offered?.loadSession === true && quirks.loadIsBroken !== true,
    canResume: isRecord(offered?.sessionCapabilities?.resume),
    canSteer: recordAt(answer._meta ?? {}, "steering")["supported"] === true,
    quirks,
    logins: (answer.authMethods ?? []).map((method) => method.description ?? method.name),
  };
}

export function acpCapabilities(record: AcpRecord): AgentCapabilities {
  return {
    transactional: false,
    isolation: "process",
    usageSource: null,
    permissionModes: null,
    canChooseModel: true,
    canResume: record.canLoad || record.canResume,
    canSteer: record.canSteer,
    canCompact: false,
    dedupesPrompts: false,
    keepsFiles: false,
    canInterrupt: true,
    resume: record.canLoad || record.canResume ? "full" : "replayed",
    canResumeElsewhere: false,
    systemPrompt: "none",
    cost: "none",
    attachmentTypes: [],
    rejectEndsTurn: record.quirks.rejectEndsTurn === true,
  };
}
