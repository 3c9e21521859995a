/**
 * What a start of `parl` costs, as ratios inside one run [HPERF-1]: against an empty program, a program that saves one
 * file, one that reads a directory, and a Python program that does the same work.
 *   node bench/cli.ts [--json] [--rounds 15] [--source] [--only NAME,…]
 * Measures the packages as they are published, built and installed into a directory of its own; `--source` measures the
 * checkout.
 */
import { parseArgs } from "node:util";
import { cliFigures } from "./cli/cli-figures.ts";
import { benchedPrograms } from "./cli/benched-programs.ts";
import { CliWorkplace } from "./cli/cli-workplace.ts";
import { measureRounds } from "./cli/measure-rounds.ts";
import { findPython } from "./cli/find-python.ts";
import { report, say } from "./report.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    source: { type: "boolean", default: false },
    rounds: { type: "string", default: "15" },
    only: { type: "string" },
  },
});
const rounds = Math.max(15, Number(values.rounds));
const workplace = CliWorkplace.open({ source: values.source });
try {
  const python = findPython();
  say(python === undefined ? "no python3 on PATH: its figures are not measured" : `python: ${python.version}`);
  const only = values.only?.split(",");
  const programs = benchedPrograms(workplace, python).filter(
    ({ name, isFloor }) =>
      isFloor || only === undefined || only.some((part) => name.slice(name.indexOf(" ") + 1).startsWith(part)),
  );
  say(`${programs.length} programs, ${rounds} rounds`);
  const times = measureRounds(programs, { rounds, environment: workplace.environment });
  report(cliFigures(programs, times, python !== undefined), values.json);
} finally {
  workplace.remove();
}
