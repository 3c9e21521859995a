/**
 * How the runtime of a broker is started. Depends on nothing, so that a launcher can read it before it loads anything.
 * Without these the heap grows to several times what is in use before it is collected ([PERF-9]).
 */
export const SERVER_RUNTIME_OPTIONS = {
  /** For the runtime itself, before the script. */
  nodeArguments: [
    // Large enough for what is under way at full speed: copied once, not twice, and not left to the long collections.
    "--max-semi-space-size=4",
    "--heap-growing-percent=60",
    // On few cores the helpers of a short collection are waited for longer than they save ([PERF-7]).
    "--no-parallel-scavenge",
    // The code of the compiler in between is held beside the final one, and what is hot gets there soon anyway.
    "--no-maglev",
  ],
  /** For the environment, where the name is not set yet. */
  environment: { MALLOC_ARENA_MAX: "2" },
} as const;
