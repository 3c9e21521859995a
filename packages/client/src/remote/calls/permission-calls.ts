import type { RemoteServerMessage, RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteRequests } from "../requests/remote-requests.ts";

export type PermissionRequest = RemoteServerMessageOf<"permission_request">;
export type PermissionResolution = RemoteServerMessageOf<"permission_resolved">;

export interface PermissionAnswer {
  readonly requestId: string;
  readonly decision: "allow" | "deny";
  /** `session`: further questions of the same tool in the same session too ([APPROVE-4]). */
  readonly scope?: "once" | "session" | undefined;
  /** Told to the agent with `deny`. */
  readonly message?: string | undefined;
  /** Replaces the tool's input, with `allow` ([APPROVE-3]). */
  readonly updatedInput?: Readonly<Record<string, unknown>> | undefined;
}

/** Questions of agents that wait for an answer, kept as the server tells of them ([APPROVE-1]). */
export class PermissionCalls {
  readonly #requests: RemoteRequests;
  readonly #changed: () => void;
  readonly #pending = new Map<string, PermissionRequest>();

  constructor(requests: RemoteRequests, changed: () => void) {
    this.#requests = requests;
    this.#changed = changed;
  }

  /** Known on this connection, oldest first; complete once the client has caught up. */
  get pending(): readonly PermissionRequest[] {
    return [...this.#pending.values()];
  }

  /** All that the server has pending, asked for. Rejects with `RemoteRequestError`. */
  async list(): Promise<readonly PermissionRequest[]> {
    const listed: PermissionRequest[] = [];
    await this.#requests.ask({
      message: { type: "list_permissions" },
      answer: "ack",
      each: (frame) => {
        if (frame.type === "permission_request") listed.push(frame);
      },
    });
    return listed;
  }

  /** Resolves with the decision that stands, this one or an earlier one ([APPROVE-2]). */
  answer(answer: PermissionAnswer): Promise<PermissionResolution> {
    const { requestId, decision, scope, message, updatedInput } = answer;
    return this.#requests.ask({
      message: {
        type: "permission_response",
        request_id: requestId,
        decision,
        ...(scope === undefined ? {} : { scope }),
        ...(message === undefined ? {} : { message }),
        ...(updatedInput === undefined ? {} : { updated_input: updatedInput }),
      },
      answer: "permission_resolved",
      isAbout: (frame) => frame.type === "permission_resolved" && frame.request_id === requestId,
    });
  }

  /** The whole input of a tool, of which the request may hold a cut form ([APPROVE-9]). */
  async wholeInput(requestId: string): Promise<unknown> {
    const parts: string[] = [];
    for (let offset: number | null = 0; offset !== null;) {
      const page: RemoteServerMessageOf<"permission_input"> = await this.#requests.ask({
        message: { type: "get_permission_request", request_id: requestId, offset },
        answer: "permission_input",
      });
      parts.push(page.input_json);
      offset = page.next_offset;
    }
    return JSON.parse(parts.join(""));
  }

  async revokeGrant(sessionId: string, toolName: string): Promise<void> {
    const message = { type: "revoke_grant", session_id: sessionId, tool_name: toolName } as const;
    await this.#requests.ask({ message, answer: "session_info" });
  }

  /** The server tells anew what is pending after every connect. */
  connected(): void {
    if (this.#pending.size === 0) return;
    this.#pending.clear();
    this.#changed();
  }

  take(frame: RemoteServerMessage): void {
    if (frame.type === "permission_request") this.#pending.set(frame.request_id, frame);
    else if (frame.type !== "permission_resolved" || !this.#pending.delete(frame.request_id)) return;
    this.#changed();
  }
}
