import { spawnSync } from "node:child_process";

export interface Python {
  /** As a caller starts it; may be the shim of a version manager. */
  readonly command: "python3";
  /** The interpreter that is behind it. */
  readonly interpreter: string;
  readonly version: string;
}

/** The first `python3` on PATH; undefined when there is none. */
export function findPython(): Python | undefined {
  const { status, stdout } = spawnSync(
    "python3",
    ["-c", "import platform, sys; print(sys.executable); print(platform.python_version())"],
    { encoding: "utf8" },
  );
  const [interpreter = "", version = ""] = status === 0 ? stdout.trim().split("\n") : [];
  return interpreter === "" ? undefined : { command: "python3", interpreter, version };
}
