// Runs the end-to-end suite. It drives real agent programs, which are too large to be dependencies of the project
// (one is 360 MB), so they are installed once, at exact versions, beside the other packages. The browser is Debian's,
// installed where there is none and the user may.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { readManifest, root } from "./checkout.ts";
import { runTests } from "./run-tests.ts";

const agents = {
  "@agentclientprotocol/claude-agent-acp": "0.100.0",
  "@anthropic-ai/claude-code": "2.1.329",
  "@modelcontextprotocol/inspector": "2.12.0",
  "@zed-industries/codex-acp": "0.16.0",
  "opencode-ai": "1.18.33",
} as const;

const folder = join(root, "node_modules", ".cache", "e2e-agents");
const env = {
  ...process.env,
  PATH: [join(folder, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter),
};

installAgents();
installBrowser();
process.exitCode = runTests(["e2e"], process.argv.slice(2), env);

/** Installs the agents unless exactly these versions are there already. */
function installAgents(): void {
  const isInstalled = Object.entries(agents).every(([name, version]) => {
    const installed = join(folder, "node_modules", name);
    return existsSync(join(installed, "package.json")) && readManifest(installed).version === version;
  });
  if (isInstalled) return;
  mkdirSync(folder, { recursive: true });
  const manifest = {
    private: true,
    dependencies: agents,
    allowScripts: { "@anthropic-ai/claude-code": true, "opencode-ai": true },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  process.stderr.write(
    `installing ${Object.entries(agents)
      .map((agent) => agent.join("@"))
      .join(", ")}\n`,
  );
  const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder, env, stdio: "inherit" });
  if (status !== 0) {
    throw new Error(`install the agents of the end-to-end tests in ${folder}: npm ended with ${status}`);
  }
}

/** Installs Chromium by apt-get. Where that cannot be done it says why, and in CI it fails: no test may go missing there. */
function installBrowser(): void {
  const path = process.env["PARL_TEST_CHROMIUM"] ?? "/usr/bin/chromium";
  if (existsSync(path)) return;
  const reason =
    installDebianPackage("chromium") ?? (existsSync(path) ? undefined : `there is none at ${path} after it`);
  if (reason === undefined) return;
  const problem = `no browser for the end-to-end tests: ${reason}; install Chromium and name it with PARL_TEST_CHROMIUM`;
  if (process.env["CI"] === "true") throw new Error(problem);
  process.stderr.write(`${problem}\n`);
}

/** Gives the reason when it was not installed. */
function installDebianPackage(name: string): string | undefined {
  if (spawnSync("apt-get", ["--version"]).status !== 0) return "this system has no apt-get";
  if (process.getuid?.() !== 0) return "only root may install Debian packages";
  process.stderr.write(`installing the Debian package ${name}\n`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, stdio: "inherit" } as const;
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", name]]) {
    const { status } = spawnSync("apt-get", ["--quiet", ...args], options);
    if (status !== 0) return `apt-get ${args.join(" ")} ended with ${status}`;
  }
  return undefined;
}
