import { capitalised, isOfferableName, type OfferedCommand } from "./offered-command.ts";

export interface NamedScript {
  readonly name: string;
  readonly description?: string | undefined;
}

export interface ScriptSource {
  /** Id and label of the group. */
  readonly group: "npm" | "just" | "task";
  readonly programName: string;
  readonly program: string;
  /** What stands before the script's name. */
  readonly words: readonly string[];
}

/** Scripts, recipes and tasks as commands of one group ([CMD-5]), sorted by name. */
export function scriptCommands(scripts: readonly NamedScript[], source: ScriptSource): OfferedCommand[] {
  const { group, programName, program, words } = source;
  const groups = [{ id: group, label: group }];
  const byName = scripts.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  return byName.flatMap(({ name, description }) => {
    // With `=` in it just and task take it for a variable.
    if (!isOfferableName(name) || (group !== "npm" && name.includes("="))) return [];
    const label = capitalised(name.replace(/[:_-]+/g, " ").trim());
    return [
      {
        id: `${group}.${name.replaceAll(/[:-]/g, ".")}`,
        label: label === "" ? name : label,
        description: description === "" ? undefined : description,
        groups,
        programName,
        program,
        arguments: [...words, name],
      },
    ];
  });
}
