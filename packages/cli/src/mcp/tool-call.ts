import type { Handover, Inbox } from "./inbox.ts";
import type { MeshConnections } from "./mesh-connections.ts";
import type { StateNotes } from "./state-note.ts";
import type { ToolArguments } from "./tool-arguments.ts";

/** What tools work with. */
export interface ToolScope {
  meshes: MeshConnections;
  inbox: Inbox;
  notes: StateNotes;
}

export interface ToolAnswer {
  text: string;
  /** For programs; never holds text of peers, which is shown only inside its wrapper ([MCP-7]). */
  structured?: Record<string, unknown> | undefined;
  isError?: boolean | undefined;
  /** Settled when the result was written: confirmed, or released if it could not be ([MCP-9]). */
  handover?: Pick<Handover, "confirm" | "release"> | undefined;
}

export type RunTool = (args: ToolArguments, scope: ToolScope) => Promise<ToolAnswer>;
