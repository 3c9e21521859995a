import { capitalised, type OfferedCommand } from "./offered-command.ts";

/** Targets of make as commands ([CMD-3]): hyphens nest, underscores are spaces. */
export function makeCommands(targets: readonly string[], make: string): OfferedCommand[] {
  return targets.map((target) => {
    const segments = target.split("-");
    const groups = segments.slice(0, -1).map((segment, depth) => ({
      id: segments.slice(0, depth + 1).join("."),
      label: labelOf(segment),
    }));
    return {
      id: segments.join("."),
      label: labelOf(segments.at(-1) ?? ""),
      groups,
      programName: "make",
      program: make,
      arguments: [target],
    };
  });
}

/** Two hyphens in a row leave an empty segment, which needs something to be seen by. */
function labelOf(segment: string): string {
  return segment === "" ? "-" : capitalised(segment.replaceAll("_", " "));
}
