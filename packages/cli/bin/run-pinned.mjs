// Runs the launcher again on a newer Node; loaded only by a Node that is too old for the program itself, so this is
// plain JavaScript too. The runtime is that of the package `node`, which a checkout has among its devDependencies.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Runs the file `launcher` on the pinned runtime, which must be at least `minMajor`, with this process's arguments. */
export function runPinned(launcher, minMajor) {
  const runtime = pinnedRuntime(launcher, minMajor);
  if (runtime === undefined) {
    fail(
      `parl: this is Node ${process.versions.node}, and parl needs Node ${minMajor} or newer. ` +
        `Install it, or run \`npm ci\` in a checkout: that brings its own runtime.`,
    );
  } else {
    run(runtime, [fileURLToPath(launcher), ...process.argv.slice(2)]);
  }
}

/** Path of the runtime, or undefined when there is none that is new enough. */
function pinnedRuntime(launcher, minMajor) {
  try {
    const manifest = createRequire(launcher).resolve("node/package.json");
    const { version } = JSON.parse(readFileSync(manifest, "utf8"));
    const program = join(dirname(manifest), "bin", "node");
    return Number.parseInt(version, 10) >= minMajor && existsSync(program) ? program : undefined;
  } catch {
    return undefined; // not a checkout, or its dependencies are not installed
  }
}

/** Runs `runtime` as if it had been the process all along: same stdio, signals, exit code. */
function run(runtime, args) {
  const child = spawn(runtime, args, { stdio: "inherit" });
  // A terminal sends its Ctrl-C to the whole foreground group, so the child has it already; passed on once more it
  // would count as the second SIGINT, which ends the grace period [CAN-7].
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const passOn = (signal) => {
    if (signal !== "SIGINT" || !onTerminal) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, passOn);
  child.once("error", (error) => fail(`parl: cannot start the pinned runtime ${runtime}: ${error.message}`));
  child.once("exit", (code, signal) => {
    for (const name of signals) process.off(name, passOn);
    if (signal === null) process.exit(code);
    else process.kill(process.pid, signal);
  });
}

/** Ends with the message on stderr. */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
