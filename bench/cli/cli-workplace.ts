/**
 * A directory with all that the benchmark needs: the installed program, a project of 50 targets, an external inventory of
 * 400 rows, 10,000 sessions, and a home of its own.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageNames, readManifest, root } from "../../scripts/checkout.ts";

const targetCount = 50;
const rowCount = 400;
const sessionCount = 10_000;

export class CliWorkplace {
  readonly directory: string;
  /** The launcher of `parl`. */
  readonly launcher: string;
  /** The Python program that does the same, with its bytecode beside it. */
  readonly peer: string;
  /** Has a Makefile, npm scripts, a skill and an MCP server. */
  readonly project: string;
  /** For `--inventory`. */
  readonly inventory: string;
  /** For `--directory`: 10,000 sessions. */
  readonly manySessions: string;

  private constructor(directory: string, launcher: string) {
    this.directory = directory;
    this.launcher = launcher;
    this.peer = join(directory, "peer/peer.py");
    this.project = join(directory, "project");
    this.inventory = join(directory, "inventory");
    this.manySessions = join(directory, "sessions");
    for (const name of ["home", "tmp", "peer"]) mkdirSync(join(directory, name));
    const peerFiles = ["peer.py", "peer_program.py"];
    for (const name of peerFiles) cpSync(join(root, "bench/cli", name), join(directory, "peer", name));
    this.#makeProject();
    this.#makeInventory();
    this.#makeSessions();
  }

  /** Pairs with `remove`. `source`: the checkout as it is, instead of the built packages. */
  static open({ source }: { readonly source: boolean }): CliWorkplace {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "parl-bench-")));
    return new CliWorkplace(directory, source ? join(root, "packages/cli/bin/parl.mjs") : install(directory));
  }

  /** All that programs under measurement see [HPERF-1]. */
  get environment(): Readonly<Record<string, string>> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: join(this.directory, "home"),
      TMPDIR: join(this.directory, "tmp"),
    };
  }

  /** Puts a session into the project's default store. */
  putSession(id: string): void {
    const store = join(this.project, ".port_sessions");
    mkdirSync(store, { recursive: true });
    writeFileSync(join(store, `${id}.json`), sessionText(id));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #makeProject(): void {
    mkdirSync(join(this.project, ".claude/skills/greet"), { recursive: true });
    const half = Array.from({ length: targetCount / 2 }, (_, index) => `target-${index}`);
    const make = half.map((name) => `${name}: ## Makes ${name}\n\techo ${name}\n`).join("\n");
    writeFileSync(join(this.project, "Makefile"), `.PHONY: ${half.join(" ")}\n\n${make}`);
    const scripts = Object.fromEntries(half.map((name) => [`npm-${name}`, `echo ${name}`]));
    writeFileSync(join(this.project, "package.json"), JSON.stringify({ name: "project", scripts }, null, 2));
    const skill = "---\nname: greet\ndescription: Greets whoever asks\n---\n\nSay hello.\n";
    writeFileSync(join(this.project, ".claude/skills/greet/SKILL.md"), skill);
    const servers = { mcpServers: { docs: { command: "docs-server" } } };
    writeFileSync(join(this.project, ".mcp.json"), JSON.stringify(servers));
  }

  #makeInventory(): void {
    mkdirSync(this.inventory);
    for (const kind of ["command", "tool"]) {
      const rows = Array.from({ length: rowCount / 2 }, (_, index) => ({
        name: `${kind}-${index}`,
        source_hint: `${kind}s/${kind}-${index}/main`,
        responsibility: `Does the work number ${index} of every ${kind}`,
      }));
      writeFileSync(join(this.inventory, `${kind}s.json`), JSON.stringify(rows, null, 2));
    }
  }

  #makeSessions(): void {
    mkdirSync(this.manySessions);
    for (let index = 0; index < sessionCount; index += 1) {
      const id = index.toString(16).padStart(32, "0");
      writeFileSync(join(this.manySessions, `${id}.json`), sessionText(id));
    }
  }
}

function sessionText(id: string): string {
  const record = { session_id: id, messages: ["hello"], input_tokens: 1, output_tokens: 11, version: 1 };
  return JSON.stringify(record, null, 2);
}

/** Builds the packages and lays them out as npm would; answers the path of the launcher. */
function install(directory: string): string {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build-packages.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the packages cannot be built: ${stderr}`);
  const modules = join(directory, "node_modules");
  const own = new Map(packageNames.map((folder) => [readManifest(join(root, "packages", folder)).name, folder]));
  for (const [name, folder] of own) cpSync(join(root, "build", folder), join(modules, name), { recursive: true });
  // Everybody else's packages as they are in the checkout: at the top, or a package's own where versions differ.
  linkPackages(join(root, "node_modules"), modules);
  for (const [name, folder] of own) {
    linkPackages(join(root, "packages", folder, "node_modules"), join(modules, name, "node_modules"));
  }
  return join(modules, "parlatory/bin/parl.mjs");
}

function linkPackages(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from)) {
    const isOurs = entry === "@parlatory" || entry === "parlatory";
    if (!entry.startsWith(".") && !isOurs) symlinkSync(join(from, entry), join(to, entry));
  }
}
