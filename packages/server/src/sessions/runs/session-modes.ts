/** Permission modes of sessions ([SESS-6]): kept in the store, in force in the live agent or with its next start. */
import { RemoteError } from "@parlatory/protocol/remote";
import type { RemoteSessionRow } from "../../store/remote-store.ts";
import type { Asker } from "../run-desk.ts";
import { REMOTE_PERMISSION_MODES, type RemotePermissionMode } from "../run-requests.ts";
import { offersMode, toAgentMode } from "./permission-modes.ts";
import { actorOf } from "./run-options.ts";
import type { RunParts } from "./run-parts.ts";
import { permissionModeOf } from "./session-facts.ts";

export class SessionModes {
  readonly #parts: RunParts;
  /** Of sessions whose mode is not `default`. */
  readonly #modes = new Map<string, RemotePermissionMode>();

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  load(rows: readonly RemoteSessionRow[]): void {
    for (const row of rows) this.#note(row.sessionId, permissionModeOf(row));
  }

  of(sessionId: string): RemotePermissionMode {
    return this.#modes.get(sessionId) ?? "default";
  }

  /** Also ends the session's grants ([APPROVE-4]). @throws RemoteError `Mode not allowed: <mode>`, `Session not found: <id>` */
  async set(sessionId: string, mode: RemotePermissionMode, asker: Asker): Promise<void> {
    const { facts, store, grants, registry, settings, audit, listeners } = this.#parts;
    const known = await facts.look(sessionId);
    if (known === undefined) throw new RemoteError("not_found", `Session not found: ${sessionId}`);
    const agent = registry.find(known.agent);
    const capabilities = agent === undefined ? undefined : await registry.capabilitiesOf(agent);
    const isOffered = capabilities === undefined || offersMode(capabilities, toAgentMode(mode, settings.allowBypass));
    const isKnown = REMOTE_PERMISSION_MODES.includes(mode);
    if (!isKnown || !isOffered || (mode === "bypass" && !settings.allowBypass)) {
      throw new RemoteError("not_allowed", `Mode not allowed: ${mode}`);
    }
    await facts.rowOf(known);
    await store.updateSession(sessionId, { permissionMode: mode });
    this.#note(sessionId, mode);
    await grants.remove(sessionId);
    audit({ actor: actorOf(asker), event: "permission_mode_changed", data: { session_id: sessionId, mode } });
    await this.#apply(sessionId, mode);
    listeners.tell("onStatus", sessionId);
  }

  /** An agent that cannot change its mode as it runs is started anew for its next prompt. */
  async #apply(sessionId: string, mode: RemotePermissionMode): Promise<void> {
    const { pool, settings, log } = this.#parts;
    const live = pool.find(sessionId);
    if (live === undefined) return;
    try {
      const agentMode = toAgentMode(mode, settings.allowBypass);
      const isApplied = await live.session.setPermissionMode?.(agentMode);
      if (isApplied === true) pool.noteMode(sessionId, agentMode);
      else await pool.outdate(sessionId);
    } catch (error) {
      log.warn("a live agent did not take a new permission mode", { sessionId, error });
      await pool.outdate(sessionId);
    }
  }

  #note(sessionId: string, mode: RemotePermissionMode): void {
    if (mode === "default") this.#modes.delete(sessionId);
    else this.#modes.set(sessionId, mode);
  }
}
