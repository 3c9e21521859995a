/** What a prompt can be routed to: the commands and tools that are really there, or those of an external inventory [ROW-1]. */

export type CommandKind = "builtin" | "plugin" | "skill";
/** `tool` for the rows of an external inventory. */
export type ToolKind = "shell" | "mcp" | "mesh" | "tool";

/** What running a row needs [ROW-1]; a row without one is mirrored: it can be shown and routed only. */
export type RowHandler =
  | { readonly type: "parl"; readonly words: readonly string[] }
  | { readonly type: "project"; readonly runner: ProjectRunner; readonly target: string }
  | { readonly type: "shell" }
  /** `server` undefined: the payload names it. */
  | { readonly type: "mcp"; readonly server: string | undefined }
  | { readonly type: "mesh"; readonly tool: string };

export type ProjectRunner = "make" | "npm" | "just" | "task";

interface Row {
  readonly name: string;
  readonly sourceHint: string;
  readonly responsibility: string;
  readonly handler: RowHandler | undefined;
}
export interface CommandRow extends Row {
  readonly kind: CommandKind;
}
export interface ToolRow extends Row {
  readonly kind: ToolKind;
}
export type InventoryRow = CommandRow | ToolRow;

export interface Inventory {
  /** Own rows, or those of `--inventory DIR` [ROW-5]. */
  readonly source: "own" | "external";
  readonly commands: readonly CommandRow[];
  readonly tools: readonly ToolRow[];
}

/** A row the prompt matched [RTE-6]. */
export type RoutedMatch =
  | { readonly kind: "command"; readonly row: CommandRow; readonly score: number }
  | { readonly kind: "tool"; readonly row: ToolRow; readonly score: number };
