/**
 * What this program finds and reads at its start, done for real and timed [CMD-setup-report-1]. It must not change anything,
 * nor run what it finds.
 */
import { existsSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { configPath, loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { toCommandError } from "../harness/error-report.ts";
import { redactText } from "../harness/redact.ts";
import { claudeFiles } from "../install/claude-files.ts";
import { hasHooks } from "../install/registration.ts";
import { readUserFile } from "../install/user-file.ts";
import type { CommandRow, ToolRow } from "../inventory/inventory.ts";
import { addProjectTargets } from "../inventory/project-targets.ts";
import { RowCollector } from "../inventory/row-collector.ts";
import { addSkills } from "../inventory/skills.ts";
import { addTools } from "../inventory/tool-rows.ts";
import { escapeText } from "../output/escape.ts";
import { isTrustedDirectory } from "./trusted-directory.ts";

type ReportContext = Pick<
  CommandContext,
  "durationMs" | "env" | "home" | "monotonicMs" | "product" | "userHome" | "workingDirectory"
>;

interface Stage {
  readonly name: string;
  /** What was found, or why it could not be read. */
  readonly detail: string;
  readonly ms: number;
  readonly ok: boolean;
}

/** Resolves with what was found; throws or calls `fail` for what could not be read. */
type Read = (fail: (reason: string) => void) => string | Promise<string>;

export async function setupReportLines(context: ReportContext): Promise<string[]> {
  const { workingDirectory, userHome } = context;
  const stages = {
    product: await runStage(context, "product", () => `version ${context.product.version}`),
    config: await runStage(context, "config", () => describeConfig(context.home)),
    plugins: await runStage(context, "project targets", async (fail) => {
      const rows = new RowCollector<CommandRow>((_code, message) => fail(message));
      await addProjectTargets(rows, workingDirectory);
      return `${rows.rows.length} in ${workingDirectory}`;
    }),
    skills: await runStage(context, "skills", async (fail) => {
      const rows = new RowCollector<CommandRow>((_code, message) => fail(message));
      const folders = new Set([workingDirectory, userHome].map((home) => join(home, ".claude", "skills")));
      for (const folder of folders) if (existsSync(folder)) await addSkills(rows, folder, folder);
      return `${rows.rows.length} in ${[...folders].join(" and ")}`;
    }),
    mcp: await runStage(context, "MCP servers", (fail) => {
      const rows = new RowCollector<ToolRow>((_code, message) => fail(message));
      addTools(rows, workingDirectory);
      const servers = rows.rows.filter(({ handler }) => handler?.type === "mcp" && handler.server !== undefined);
      return `${servers.length} in ${join(workingDirectory, ".mcp.json")}`;
    }),
    hooks: await runStage(context, "session hooks", (fail) => describeHooks(context, fail)),
  };
  const { runtime, runtimeVersion } = context.product;
  const init = (name: string, stage: Stage): string => `- ${name}=${toFlag(stage.ok)}`;
  return [
    "# Setup Report",
    "",
    `Runtime: ${runtime} ${runtimeVersion}`,
    `Platform: ${platform()}-${arch()}`,
    `Trusted mode: ${toFlag(isTrustedDirectory(workingDirectory))}`,
    `CWD: ${workingDirectory}`,
    "",
    "Prefetches:",
    ...Object.values(stages).map(({ name, detail, ms }) => `- ${name}: ${detail} (${ms} ms)`),
    "",
    "Deferred init:",
    init("plugin_init", stages.plugins),
    init("skill_init", stages.skills),
    init("mcp_prefetch", stages.mcp),
    init("session_hooks", stages.hooks),
  ].map((line) => escapeText(redactText(line)));
}

async function runStage(context: ReportContext, name: string, read: Read): Promise<Stage> {
  const problems: string[] = [];
  const since = context.monotonicMs();
  let found = "";
  try {
    found = await read((reason) => problems.push(reason));
  } catch (thrown) {
    // What is not the machine's affair is a defect, and is reported as one.
    const error = toCommandError(thrown);
    if (error === undefined) throw thrown;
    problems.push(error.message);
  }
  const detail = [found, ...problems].filter((part) => part !== "").join("; ");
  return { name, detail, ms: context.durationMs(since), ok: problems.length === 0 };
}

async function describeConfig(home: string): Promise<string> {
  const { meshes } = await loadConfig(home);
  return `${meshes.length} ${meshes.length === 1 ? "mesh" : "meshes"} in ${configPath(home)}`;
}

async function describeHooks(context: ReportContext, fail: (reason: string) => void): Promise<string> {
  const { settings } = claudeFiles(context);
  const { text } = await readUserFile(settings);
  try {
    const isRegistered = text !== undefined && hasHooks(text);
    return `${isRegistered ? "registered" : "not registered"} in ${settings}`;
  } catch {
    fail(`${settings} is not the JSON it should be`);
    return "";
  }
}

function toFlag(value: boolean): string {
  return value ? "True" : "False";
}
