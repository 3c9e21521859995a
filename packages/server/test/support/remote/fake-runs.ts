import { randomUUID } from "node:crypto";
import { RemoteError } from "@parlatory/protocol/remote";
import type {
  PendingPermission,
  PromptResult,
  PromptStatus,
  ResolvedPermission,
  RunDesk,
  RunListener,
  RunStatus,
} from "../../../src/sessions/run-desk.ts";
import type {
  AcceptedPrompt,
  KnownPrompt,
  PromptSubmission,
  RemotePermissionMode,
} from "../../../src/sessions/run-requests.ts";

/** A run desk that does what a test says and tells what a test tells. */
export class FakeRuns implements RunDesk {
  readonly submissions: PromptSubmission[] = [];
  readonly calls: { readonly name: string; readonly request: unknown }[] = [];
  readonly statuses = new Map<string, Partial<RunStatus>>();
  readonly pending: PendingPermission[] = [];
  readonly #listeners = new Set<RunListener>();
  /** What becomes of a prompt; by default it is accepted and runs. */
  onSubmit: (submission: PromptSubmission) => Promise<AcceptedPrompt | KnownPrompt> = (submission) =>
    Promise.resolve(accept(submission));
  /** Raises what the next call of that name is to raise, and may wait or tell. */
  readonly before = new Map<string, () => Promise<void> | void>();
  inferredName = "A name";

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  tell<Name extends keyof RunListener>(name: Name, ...args: Parameters<NonNullable<RunListener[Name]>>): void {
    for (const listener of this.#listeners) {
      const hear = listener[name] as ((...given: unknown[]) => void) | undefined;
      hear?.apply(listener, args);
    }
  }

  async createSession({
    agent = "echo",
  }: {
    agent?: string | undefined;
  }): Promise<{ sessionId: string; agent: string }> {
    await this.#call("createSession", { agent });
    return { sessionId: randomUUID(), agent };
  }

  async submitPrompt(submission: PromptSubmission): Promise<AcceptedPrompt | KnownPrompt> {
    this.submissions.push(submission);
    return this.onSubmit(submission);
  }

  async cancelPrompt(promptId: string): Promise<PromptStatus> {
    await this.#call("cancelPrompt", promptId);
    const status: PromptStatus = { promptId, sessionId: randomUUID(), state: "cancelled" };
    this.tell("onPromptStatus", status, "nobody");
    return status;
  }

  interrupt(sessionId: string, runId?: string): Promise<void> {
    return this.#call("interrupt", { sessionId, runId });
  }

  async kill(request: Parameters<RunDesk["kill"]>[0]): Promise<void> {
    await this.#call("kill", request);
    this.tell("onKilled", request.sessionId, [request.asker.clientSessionId]);
  }

  async unlock(request: Parameters<RunDesk["unlock"]>[0]): Promise<{ wasLocked: boolean }> {
    await this.#call("unlock", request);
    return { wasLocked: false };
  }

  compact(request: Parameters<RunDesk["compact"]>[0]): Promise<void> {
    return this.#call("compact", request);
  }

  setPermissionMode(sessionId: string, mode: RemotePermissionMode): Promise<void> {
    this.statuses.set(sessionId, { ...this.statuses.get(sessionId), permissionMode: mode });
    return this.#call("setPermissionMode", { sessionId, mode });
  }

  listPermissions(): readonly PendingPermission[] {
    return this.pending;
  }

  findPermission(requestId: string): Promise<PendingPermission> {
    const found = this.pending.find((request) => request.requestId === requestId);
    if (found === undefined) throw new RemoteError("not_found", `Permission request not found: ${requestId}`);
    return Promise.resolve(found);
  }

  async answerPermission(answer: Parameters<RunDesk["answerPermission"]>[0]): Promise<ResolvedPermission> {
    await this.#call("answerPermission", answer);
    const { sessionId } = await this.findPermission(answer.requestId);
    const { requestId, decision, scope, asker } = answer;
    const by = { deviceId: asker.deviceId, deviceName: asker.deviceName };
    const resolved: ResolvedPermission = { requestId, sessionId, decision, scope, by, reason: "answered", at: 0 };
    this.tell("onPermissionResolved", resolved);
    return resolved;
  }

  revokeGrant(sessionId: string, toolName: string): Promise<void> {
    return this.#call("revokeGrant", { sessionId, toolName });
  }

  async inferName(sessionId: string, text: string): Promise<string> {
    await this.#call("inferName", { sessionId, text });
    return this.inferredName;
  }

  status(sessionId: string): RunStatus {
    return {
      state: "idle",
      isBusyElsewhere: false,
      queuedPrompts: 0,
      permissionMode: "default",
      grantedTools: [],
      ...this.statuses.get(sessionId),
    };
  }

  setStatus(sessionId: string, status: Partial<RunStatus>): void {
    this.statuses.set(sessionId, status);
    this.tell("onStatus", sessionId);
  }

  listen(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #call(name: string, request: unknown): Promise<void> {
    this.calls.push({ name, request });
    await this.before.get(name)?.();
  }
}

export function accept(submission: PromptSubmission, more: Partial<AcceptedPrompt> = {}): AcceptedPrompt {
  return {
    outcome: "accepted",
    sessionId: submission.newSessionId ?? submission.sessionId ?? submission.resumeSessionId ?? randomUUID(),
    promptId: submission.promptId ?? randomUUID(),
    created: false,
    agent: "echo",
    workingDirectory: "/home/anna/shop",
    modeApplied: "run",
    ...more,
  };
}

export function resultOf(sessionId: string, clientSessionId: string, more: Partial<PromptResult> = {}): PromptResult {
  return {
    messageId: randomUUID(),
    success: true,
    text: "Done.",
    sessionId,
    promptId: randomUUID(),
    clientSessionId,
    runId: randomUUID(),
    finishedAt: Date.UTC(2026, 2, 1, 9),
    ending: "success",
    ...more,
  };
}

export function permissionOf(sessionId: string, more: Partial<PendingPermission> = {}): PendingPermission {
  return {
    requestId: randomUUID(),
    sessionId,
    runId: randomUUID(),
    toolName: "Bash",
    input: { command: "npm publish" },
    summary: "Bash npm publish",
    createdAt: Date.UTC(2026, 2, 1, 9),
    expiresAt: Date.UTC(2026, 2, 1, 9, 10),
    ...more,
  };
}
