/** The meshes of this session: which there are, and which of them a tool acts in ([MCP-3]). */
import type { MeshEntry } from "@parlatory/client";
import type { MeshSession } from "./mesh-session.ts";
import { ToolError } from "./tool-error.ts";

export interface MeshConnectionsOptions {
  /** Reads the joined meshes; called again when they may have changed. */
  loadMeshes: () => Promise<readonly MeshEntry[]>;
  /** Slug or id of the only mesh of a session under `launch`. */
  chosenMesh: string | undefined;
  open: (entry: MeshEntry) => MeshSession;
}

export class MeshConnections {
  readonly #options: MeshConnectionsOptions;
  readonly #sessions = new Map<string, MeshSession>();
  #refreshing: Promise<void> | undefined;

  constructor(options: MeshConnectionsOptions) {
    this.#options = options;
  }

  /** Opens what was joined and closes what was left since the last time. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Those that exist now, without reading the config. */
  get current(): readonly MeshSession[] {
    return [...this.#sessions.values()];
  }

  /** The mesh a tool acts in when it can only be one. */
  async one(slug: string | undefined): Promise<MeshSession> {
    const sessions = await this.#joined(slug);
    if (slug !== undefined) return findSession(sessions, slug);
    const [first, ...others] = sessions;
    if (first === undefined || others.length > 0) {
      const slugs = listSlugs(sessions);
      throw new ToolError(
        "mesh_required",
        `several meshes are joined: ${slugs}`,
        "give `mesh`, or write `<slug>:` before the target",
      );
    }
    return first;
  }

  /** The meshes a tool acts in when it may be all of them. */
  async several(slug: string | undefined): Promise<readonly MeshSession[]> {
    const sessions = await this.#joined(slug);
    return slug === undefined ? sessions : [findSession(sessions, slug)];
  }

  async close(): Promise<void> {
    await Promise.all(this.current.map((session) => session.close()));
    this.#sessions.clear();
  }

  async #joined(slug: string | undefined): Promise<readonly MeshSession[]> {
    const isKnown =
      slug === undefined ? this.#sessions.size > 0 : this.current.some((session) => isMesh(session, slug));
    if (!isKnown || this.#refreshing !== undefined) await this.refresh();
    if (this.#sessions.size === 0) {
      throw new ToolError(
        "not_joined",
        "no mesh is joined",
        "ask your user to run `parl up`, or `parl join <link>` with an invite",
      );
    }
    return this.current;
  }

  async #refresh(): Promise<void> {
    const { loadMeshes, chosenMesh, open } = this.#options;
    const entries = (await loadMeshes()).filter((entry) => chosenMesh === undefined || isMesh(entry, chosenMesh));
    const ids = new Set(entries.map((entry) => entry.meshId));
    for (const [meshId, session] of this.#sessions) {
      if (ids.has(meshId)) continue;
      this.#sessions.delete(meshId);
      void session.close();
    }
    for (const entry of entries) if (!this.#sessions.has(entry.meshId)) this.#sessions.set(entry.meshId, open(entry));
  }
}

/** Meshes are named by their slug; by their id where two joined ones have the same slug. */
export function isMesh(mesh: { readonly slug: string; readonly meshId: string }, name: string): boolean {
  return mesh.slug === name || mesh.meshId === name;
}

function findSession(sessions: readonly MeshSession[], name: string): MeshSession {
  const [found, ...others] = sessions.filter((session) => isMesh(session, name));
  if (found === undefined) {
    const message = `mesh '${name}' is not one of this session's: ${listSlugs(sessions)}`;
    throw new ToolError("mesh_not_found", message, "use one of these slugs");
  }
  if (others.length > 0) {
    const ids = [found, ...others].map((session) => session.meshId).join(", ");
    throw new ToolError("ambiguous", `${others.length + 1} meshes are called '${name}'`, `name one by its id: ${ids}`);
  }
  return found;
}

function listSlugs(sessions: readonly MeshSession[]): string {
  return sessions.map((session) => session.slug).join(", ");
}
