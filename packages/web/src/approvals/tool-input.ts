/** What a tool is to do, in the form in which somebody can decide about it. Read from foreign JSON: nothing is taken for granted. */
export type ToolInput =
  | { readonly kind: "command"; readonly command: string; readonly rest: readonly ToolField[] }
  | {
      readonly kind: "edit";
      readonly path: string;
      readonly edits: readonly TextEdit[];
      readonly rest: readonly ToolField[];
    }
  | { readonly kind: "write"; readonly path: string; readonly content: string; readonly rest: readonly ToolField[] }
  | { readonly kind: "fields"; readonly rest: readonly ToolField[] }
  | { readonly kind: "json"; readonly json: string };

export interface TextEdit {
  readonly before: string;
  readonly after: string;
}

export interface ToolField {
  readonly name: string;
  readonly text: string;
}

/** Read by the shape of the input: the same tool has other names with other agents. */
export function readToolInput(input: unknown): ToolInput {
  if (!isObject(input)) return { kind: "json", json: toJson(input) };
  const {
    command,
    file_path: filePath,
    path = filePath,
    content,
    old_string: before,
    new_string: after,
    edits,
  } = input;
  if (typeof command === "string") return { kind: "command", command, rest: fieldsOf(input, ["command"]) };
  if (typeof path === "string" && typeof before === "string" && typeof after === "string") {
    const rest = fieldsOf(input, ["file_path", "path", "old_string", "new_string"]);
    return { kind: "edit", path, edits: [{ before, after }], rest };
  }
  if (typeof path === "string" && Array.isArray(edits) && edits.length > 0 && edits.every(isEdit)) {
    return {
      kind: "edit",
      path,
      edits: edits.map((edit) => ({ before: edit.old_string, after: edit.new_string })),
      rest: fieldsOf(input, ["file_path", "path", "edits"]),
    };
  }
  if (typeof path === "string" && typeof content === "string") {
    return { kind: "write", path, content, rest: fieldsOf(input, ["file_path", "path", "content"]) };
  }
  return { kind: "fields", rest: fieldsOf(input, []) };
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2) ?? "";
}

function fieldsOf(input: Readonly<Record<string, unknown>>, shown: readonly string[]): readonly ToolField[] {
  return Object.entries(input)
    .filter(([name]) => !shown.includes(name))
    .map(([name, value]) => ({ name, text: typeof value === "string" ? value : toJson(value) }));
}

function isEdit(value: unknown): value is { old_string: string; new_string: string } {
  return isObject(value) && typeof value["old_string"] === "string" && typeof value["new_string"] === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
