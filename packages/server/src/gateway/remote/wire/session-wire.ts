/** A session of the catalog, with what the run desk knows of it, as the wire has it ([WATCH-4], [NAME-6]). */
import {
  toWireTime,
  type RemoteSessionDetail,
  type RemoteSessionEntry,
  type RemoteSessionListEntry,
} from "@parlatory/protocol/remote";
import type { RunStatus } from "../../../sessions/run-desk.ts";
import type { SessionSummary } from "../../../sessions/session.ts";
import { cutStrings } from "../frames/cut-strings.ts";

export function toSessionEntry(summary: SessionSummary, status: RunStatus): RemoteSessionEntry {
  return { ...toFields(summary, status), last_modified: toWireTime(summary.lastModified) };
}

export function toSessionListEntry(summary: SessionSummary, status: RunStatus): RemoteSessionListEntry {
  return {
    ...toFields(summary, status),
    // The only times that are numbers: clients of these messages read a number ([NAME-6]).
    last_modified: summary.lastModified,
    last_modified_at: toWireTime(summary.lastModified),
  };
}

export function toSessionDetail(summary: SessionSummary, status: RunStatus, logId: string): RemoteSessionDetail {
  const { model, contextTokens } = summary;
  const { totalCostUsd, retry } = status;
  return {
    ...toSessionEntry(summary, status),
    created_at: toWireTime(summary.createdAt),
    log_id: logId,
    permission_mode: status.permissionMode,
    queued_prompts: status.queuedPrompts,
    granted_tools: [...status.grantedTools],
    ...(model === undefined ? {} : { model }),
    ...(contextTokens === undefined ? {} : { context_tokens: contextTokens }),
    ...(totalCostUsd === undefined ? {} : { total_cost_usd: totalCostUsd }),
    ...(retry === undefined
      ? {}
      : {
          retry: {
            attempt: retry.attempt,
            max_attempts: retry.maxAttempts,
            delay_ms: retry.delayMs,
            status: retry.status,
          },
        }),
  };
}

function toFields(summary: SessionSummary, status: RunStatus) {
  return {
    session_id: summary.sessionId,
    ...cutStrings({ name: summary.name, working_directory: summary.workingDirectory }),
    message_count: summary.messageCount,
    ...(summary.isCountExact ? {} : { message_count_exact: false as const }),
    preview: summary.preview,
    agent: summary.agent,
    state: status.state,
    session_busy_elsewhere: status.isBusyElsewhere,
  };
}
