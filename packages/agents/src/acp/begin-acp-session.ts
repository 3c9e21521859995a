import type { ClientContext } from "@agentclientprotocol/sdk";
import { AgentError } from "../agent-error.ts";
import type { StartOptions } from "../driver.ts";
import { failureOfRequest, loadFailure } from "./acp-failure.ts";
import { makeChoice } from "./acp-choice.ts";
import { modeChoice, modelChoice, type AcpOffers } from "./acp-options.ts";
import type { AcpRecord } from "./acp-record.ts";

export interface BegunSession {
  readonly agentSessionId: string;
  /** The one that was asked for could not be loaded. */
  readonly isReplacement: boolean;
  /** As they are after the choices that were made. */
  readonly offers: AcpOffers;
}

/**
 * Begins a session or takes one up again, in the mode and with the model asked for.
 * @throws AgentError `session_load_failed`, `engine_unsupported`, `auth_required`, `rate_limited`, `engine_failed`
 */
export async function beginAcpSession(
  client: ClientContext,
  record: AcpRecord,
  options: StartOptions,
): Promise<BegunSession> {
  const { resume } = options;
  const cwd = resume?.workingDirectory ?? options.workingDirectory;
  const loaded =
    resume === undefined ? undefined : await load(client, record, resume.agentSessionId, cwd).catch(orReplace);
  function orReplace(failure: unknown): undefined {
    const isLoadFailure = failure instanceof AgentError && failure.kind === "session_load_failed";
    if (resume?.onLoadFailure !== "replace" || !isLoadFailure) throw failure;
  }

  let agentSessionId = resume?.agentSessionId ?? "";
  let offers: AcpOffers | undefined = loaded;
  if (offers === undefined) {
    const created = await attempt(record, "begin a session", () =>
      client.request("session/new", { cwd, mcpServers: [], ...systemPromptOf(options, record) }),
    );
    agentSessionId = created.sessionId;
    offers = created;
    if (resume !== undefined) {
      options.onEvent?.({ type: "session_replaced", previousId: resume.agentSessionId, agentSessionId });
    }
  }
  const chosen = await choose(client, record, options, agentSessionId, offers);
  return { agentSessionId, isReplacement: resume !== undefined && loaded === undefined, offers: chosen };
}

function systemPromptOf({ systemPrompt }: StartOptions, { quirks }: AcpRecord) {
  const isTaken = systemPrompt !== undefined && quirks.appendsSystemPrompt === true;
  return isTaken ? { _meta: { systemPrompt: { append: systemPrompt } } } : {};
}

/** What a loaded session tells of itself meanwhile (all its history, with some agents) goes to nobody. */
async function load(client: ClientContext, record: AcpRecord, sessionId: string, cwd: string): Promise<AcpOffers> {
  const params = { sessionId, cwd, mcpServers: [] };
  if (!record.canResume && !record.canLoad) throw loadFailure(sessionId, `${record.name} cannot load sessions`);
  try {
    if (record.canResume) return (await client.request("session/resume", params)) ?? {};
    return (await client.request("session/load", params)) ?? {};
  } catch (failure) {
    const error = failureOfRequest(record.name, `resume the session ${sessionId}`, failure, record.logins);
    if (error.kind !== "engine_failed") throw error;
    throw loadFailure(sessionId, error.message, failure);
  }
}

async function choose(
  client: ClientContext,
  record: AcpRecord,
  options: StartOptions,
  sessionId: string,
  offers: AcpOffers,
): Promise<AcpOffers> {
  let current = offers;
  const choices = [
    options.permissionMode === undefined ? undefined : modeChoice(options.permissionMode, offers, record),
    options.model === undefined ? undefined : modelChoice(options.model, offers, record),
  ];
  for (const choice of choices) {
    if (choice === undefined) continue;
    const before = current;
    current = await attempt(record, "choose the mode or model", () => makeChoice(client, sessionId, choice, before));
  }
  return current;
}

async function attempt<T>(record: AcpRecord, what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (failure) {
    throw failureOfRequest(record.name, `${what} of ${record.name}`, failure, record.logins);
  }
}
