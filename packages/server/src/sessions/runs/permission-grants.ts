import type { RemoteStore } from "../../store/remote-store.ts";

/** Tools that a session may use without being asked again ([APPROVE-4]): in the store, and here to be looked at. */
export class PermissionGrants {
  readonly #store: Pick<RemoteStore, "listGrants" | "addGrant" | "removeGrants">;
  readonly #tools = new Map<string, Set<string>>();

  constructor(store: Pick<RemoteStore, "listGrants" | "addGrant" | "removeGrants">) {
    this.#store = store;
  }

  async load(): Promise<void> {
    const grants = await this.#store.listGrants();
    this.#tools.clear();
    for (const { sessionId, toolName } of grants) this.#note(sessionId, toolName);
  }

  has(sessionId: string, toolName: string): boolean {
    return this.#tools.get(sessionId)?.has(toolName) === true;
  }

  of(sessionId: string): readonly string[] {
    return [...(this.#tools.get(sessionId) ?? [])].sort();
  }

  async add(sessionId: string, toolName: string, at: number): Promise<void> {
    await this.#store.addGrant(sessionId, toolName, at);
    this.#note(sessionId, toolName);
  }

  /** Absent tool: all of the session. */
  async remove(sessionId: string, toolName?: string): Promise<void> {
    await this.#store.removeGrants(sessionId, toolName);
    const tools = this.#tools.get(sessionId);
    if (toolName !== undefined) tools?.delete(toolName);
    if (toolName === undefined || tools?.size === 0) this.#tools.delete(sessionId);
  }

  #note(sessionId: string, toolName: string): void {
    const tools = this.#tools.get(sessionId) ?? new Set();
    this.#tools.set(sessionId, tools.add(toolName));
  }
}
