/** The command lines of the benchmark: floors, `parl`, and the Python program that does the same [HPERF-2..6]. */
import { fileURLToPath } from "node:url";
import type { CliWorkplace } from "./cli-workplace.ts";
import type { Python } from "./find-python.ts";
import type { BenchedProgram } from "./measure-rounds.ts";

export const floorNames = { empty: "floor: empty", saving: "floor: saving", listing: "floor: listing" } as const;

/** One measured call of a command. */
interface CommandCall {
  /** The command, with `, external` where it uses the inventory of 400 rows. */
  readonly name: string;
  readonly argv: readonly string[];
  /** Default 0. */
  readonly status?: number;
  readonly prepare?: () => void;
}

const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The 14 commands in json mode with `echo` [HPERF-5]; those over the inventory with either inventory. */
export function commandCalls(workplace: CliWorkplace): CommandCall[] {
  const both = (argv: readonly string[], external = argv, status = 0): CommandCall[] => {
    const [command = ""] = argv;
    return [
      { name: command, argv, status },
      { name: `${command}, external`, argv: [...external, "--inventory", workplace.inventory] },
    ];
  };
  return [
    { name: "list-sessions", argv: ["list-sessions"], prepare: () => workplace.putSession("kept") },
    { name: "load-session", argv: ["load-session", "kept"], prepare: () => workplace.putSession("kept") },
    { name: "delete-session", argv: ["delete-session", "gone"], prepare: () => workplace.putSession("gone") },
    { name: "flush-transcript", argv: ["flush-transcript", "hello", "--session-id", "flushed"] },
    ...both(["show-command", "target-7"], ["show-command", "command-7"]),
    ...both(["show-tool", "BashTool"], ["show-tool", "tool-7"]),
    // Rows that run nothing: a skill, a tool that is refused, mirrored rows.
    ...both(["exec-command", "greet", "hello"], ["exec-command", "command-7", "hello"]),
    ...both(["exec-tool", "BashTool", "ls"], ["exec-tool", "tool-7", "{}"], 1),
    ...both(["route", "review the work of target"]),
    ...both(["bootstrap", "review the work of target"]),
    ...both(["command-graph"]),
    ...both(["tool-pool"]),
    { name: "bootstrap-graph", argv: ["bootstrap-graph"] },
    ...both(["turn-loop", "review the work of target", "--continuation-prompt", "go on"]),
  ];
}

/** Also run by the interpreter without what a version manager puts before it; reported only. */
const interpreted: ReadonlySet<string> = new Set(["list-sessions", "route", "flush-transcript", "turn-loop"]);

/** Commands whose floor saves a file. */
export const savingCommands: ReadonlySet<string> = new Set(["flush-transcript", "bootstrap"]);

export function benchedPrograms(workplace: CliWorkplace, python: Python | undefined): BenchedProgram[] {
  const cwd = workplace.project;
  const node = process.execPath;
  const floor = (name: string, file: string, ...argv: string[]): BenchedProgram => ({
    name,
    isFloor: true,
    file: node,
    argv: [beside(file), ...argv],
    cwd,
    check: expectStatus(name, 0),
  });
  const parl = (name: string, argv: readonly string[], check: BenchedProgram["check"]): BenchedProgram => {
    return { name, isFloor: false, file: node, argv: [workplace.launcher, ...argv], cwd, check };
  };
  const listing = ["list-sessions", "--directory", workplace.manySessions, "--json"];
  return [
    floor(floorNames.empty, "floor-empty.mjs"),
    floor(floorNames.saving, "floor-saving.mjs"),
    floor(floorNames.listing, "floor-listing.mjs", workplace.manySessions),
    parl("parl --version", ["--version"], expectStatus("--version", 0)),
    parl("parl --help", ["--help"], expectStatus("--help", 0)),
    parl("parl list-sessions, 10000", listing, expectEnvelope("list-sessions", 0)),
    ...commandCalls(workplace).flatMap(({ name, argv, status = 0, prepare }): BenchedProgram[] => {
      const check = expectEnvelope(argv[0] ?? "", status);
      const ours = { ...parl(`parl ${name}`, [...argv, "--json"], check), prepare };
      if (python === undefined) return [ours];
      const peer = { ...ours, argv: [workplace.peer, ...argv, "--json"] };
      return [
        ours,
        { ...peer, name: `python ${name}`, file: python.command },
        ...(interpreted.has(name) ? [{ ...peer, name: `interpreter ${name}`, file: python.interpreter }] : []),
      ];
    }),
  ];
}

function expectStatus(what: string, status: number): BenchedProgram["check"] {
  return (end) => {
    if (end.status !== status) throw new Error(`${what} ended with ${end.status}: ${end.stdout}${end.stderr}`);
  };
}

/** It wrote one envelope of that command, and nothing to stderr. */
function expectEnvelope(command: string, status: number): BenchedProgram["check"] {
  return (end) => {
    expectStatus(command, status)(end);
    const envelope = JSON.parse(end.stdout) as Record<string, unknown>;
    const isRight = envelope["command"] === command && envelope["exit_code"] === status && end.stderr === "";
    if (!isRight) throw new Error(`${command} answered ${end.stdout}${end.stderr}`);
  };
}
