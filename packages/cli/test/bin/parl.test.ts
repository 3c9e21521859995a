import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const launcherFolder = new URL("../../bin/", import.meta.url);

/** Makes the process that runs the launcher look like Node 20 to it; the re-run child does not get this. */
const asNode20 = [
  "--import",
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})`,
];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "parl-launcher-"));
  await cp(launcherFolder, join(folder, "bin"), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(path: string, text: string): Promise<void> {
  await mkdir(join(folder, path, ".."), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** Puts a `node` package of the given version into the folder, as the pinned runtime. */
async function pinRuntime(version: string): Promise<void> {
  await write("node_modules/node/package.json", JSON.stringify({ name: "node", version }));
  await mkdir(join(folder, "node_modules/node/bin"));
  await symlink(process.execPath, join(folder, "node_modules/node/bin/node"));
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs the launcher to its end; `onOutput` is called with the process each time it prints. */
async function run(nodeArgs: string[], args: string[], onOutput?: (kill: (signal: NodeJS.Signals) => void) => void) {
  const child = spawn(process.execPath, [...nodeArgs, join(folder, "bin", "parl.mjs"), ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], HOME: folder, TMPDIR: folder },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onOutput?.((signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

const printArguments = `console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;`;

test("loads the sources of a checkout, with the arguments as they are, and keeps the exit code", async () => {
  await write("src/bin.ts", `const typed: string = "x"; void typed; ${printArguments}`);
  await write("dist/bin.js", `console.log("dist");`);
  const ended = await run([], ["turn-loop", "--", "-x", ""]);
  expect(ended).toEqual({ code: 3, signal: null, stdout: `["turn-loop","--","-x",""]\n`, stderr: "" });
});

test("loads dist where there are no sources", async () => {
  await write(
    "dist/bin.js",
    `import module from "node:module"; console.log(module.getCompileCacheDir() !== undefined);`,
  );
  await write("package.json", `{"type":"module"}`);
  expect(await run([], [])).toEqual({ code: 0, signal: null, stdout: "true\n", stderr: "" });
});

test("[ENV-6] drops the two warnings it expects from early 24.x releases and no other", async () => {
  await write(
    "src/bin.ts",
    `process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning");
     process.emitWarning("Type Stripping is an experimental feature and might change", { type: "ExperimentalWarning" });
     process.emitWarning("SQLite is an experimental feature", "OtherWarning");
     process.emitWarning("Fancy is an experimental feature", "ExperimentalWarning");`,
  );
  const { stderr } = await run([], []);
  expect(stderr).not.toMatch(/ExperimentalWarning: (SQLite|Type)/);
  expect(stderr).toMatch(/OtherWarning: SQLite/);
  expect(stderr).toMatch(/ExperimentalWarning: Fancy/);
});

test("on an older Node runs again on the pinned runtime, with arguments and exit code", async () => {
  await write("src/bin.ts", printArguments);
  await pinRuntime(process.versions.node);
  expect(await run(asNode20, ["--json", "a b"])).toEqual({
    code: 3,
    signal: null,
    stdout: `["--json","a b"]\n`,
    stderr: "",
  });
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("passes %s on to the pinned runtime", async (signal) => {
  await write(
    "src/bin.ts",
    `process.on("${signal}", () => { console.log("got ${signal}"); process.exit(130); });
     setInterval(() => {}, 1000); console.log("ready");`,
  );
  await pinRuntime(process.versions.node);
  let sent = false;
  const ended = await run(asNode20, [], (kill) => {
    if (!sent) kill(signal);
    sent = true;
  });
  expect(ended).toEqual({ code: 130, signal: null, stdout: `ready\ngot ${signal}\n`, stderr: "" });
});

test("ends by the signal that ended the pinned runtime", async () => {
  await write("src/bin.ts", `process.kill(process.pid, "SIGKILL");`);
  await pinRuntime(process.versions.node);
  expect(await run(asNode20, [])).toMatchObject({ code: null, signal: "SIGKILL" });
});

test.each(["none", "22.1.0"])("on an older Node says what is needed when the pinned runtime is %s", async (version) => {
  await write("src/bin.ts", printArguments);
  if (version !== "none") await pinRuntime(version);
  const ended = await run(asNode20, []);
  expect(ended).toMatchObject({ code: 1, signal: null, stdout: "" });
  expect(ended.stderr).toBe(
    "parl: this is Node 20.1.0, and parl needs Node 24 or newer. " +
      "Install it, or run `npm ci` in a checkout: that brings its own runtime.\n",
  );
});
