import { median, type Figure } from "../report.ts";
import { floorNames, savingCommands } from "./benched-programs.ts";
import type { BenchedProgram } from "./measure-rounds.ts";

/** Largest ratio to the floor. */
const gates = { start: 1.4, command: 2, listing: 2 } as const;

/** The figures of [HPERF-3..6] from the times of one run. */
export function cliFigures(
  programs: readonly BenchedProgram[],
  times: ReadonlyMap<string, readonly number[]>,
  hasPython: boolean,
): Figure[] {
  const medianOf = (name: string): number => median(times.get(name) ?? []);
  const against = (rule: string, name: string, floor: string, most: number): Figure => {
    const value = medianOf(name);
    const floorMs = medianOf(floor);
    const ratio = value / floorMs;
    return { rule, name, value, unit: "ms", floor: floorMs, ratio, gate: `<= ${most} x ${floor}`, pass: ratio <= most };
  };
  const figures: Figure[] = [];
  for (const { name, isFloor } of programs) {
    if (isFloor || name.startsWith("python ")) continue;
    if (name.startsWith("interpreter ")) {
      figures.push(reported(name));
      continue;
    }
    const command = name.replace(/^parl /u, "");
    if (command.startsWith("--")) figures.push(against("HPERF-3", name, floorNames.empty, gates.start));
    else if (command === "list-sessions, 10000") {
      figures.push(against("HPERF-4", name, floorNames.listing, gates.listing));
    } else {
      const [word = ""] = command.split(",");
      const floor = savingCommands.has(word) ? floorNames.saving : floorNames.empty;
      figures.push(against("HPERF-5", name, floor, gates.command), againstPython(command));
    }
  }
  return figures;

  /** Absolute times and other conditions are told, never gated. */
  function reported(name: string): Figure {
    const ours = medianOf(name.replace("interpreter", "parl"));
    const floor = medianOf(name);
    const ratio = ours / floor;
    const title = `${name.replace("interpreter", "parl")}, the interpreter itself`;
    return { rule: "HPERF-6", name: title, value: ours, unit: "ms", floor, ratio, gate: "reported", pass: true };
  }

  function againstPython(command: string): Figure {
    const name = `parl ${command}`;
    const gate = "faster than the Python program";
    const base = { rule: "HPERF-6", name, value: medianOf(name), unit: "ms", gate };
    if (!hasPython) return { ...base, pass: null };
    const floor = medianOf(`python ${command}`);
    const ratio = base.value / floor;
    return { ...base, floor, ratio, pass: ratio < 1 };
  }
}
