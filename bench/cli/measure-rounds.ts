import { spawnSync } from "node:child_process";

/** One command line that is timed. */
export interface BenchedProgram {
  readonly name: string;
  readonly isFloor: boolean;
  readonly file: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Before each run, not timed. */
  readonly prepare?: (() => void) | undefined;
  /** Throws when the program did not do its work. */
  readonly check: (end: { readonly status: number | null; readonly stdout: string; readonly stderr: string }) => void;
}

export interface RoundOptions {
  readonly rounds: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Rounds that only fill caches: the page cache, the compile cache, Python's bytecode. */
const warmUps = 2;

/** Every program once in each round, alternating [HPERF-1]; answers the times in milliseconds by name. */
export function measureRounds(
  programs: readonly BenchedProgram[],
  { rounds, environment }: RoundOptions,
): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>(programs.map(({ name }) => [name, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    // Another program comes first each time, so that no two are always neighbours at the edge of a round.
    const first = ((round % programs.length) + programs.length) % programs.length;
    for (const program of [...programs.slice(first), ...programs.slice(0, first)]) {
      program.prepare?.();
      const startMs = performance.now();
      const { status, stdout, stderr } = spawnSync(program.file, program.argv, {
        cwd: program.cwd,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
      });
      const took = performance.now() - startMs;
      program.check({ status, stdout, stderr });
      if (round >= 0) times.get(program.name)?.push(took);
    }
  }
  return times;
}
