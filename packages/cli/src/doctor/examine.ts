import { emptyConfig, type Config } from "../config/config.ts";
import { configPath, loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { readServerState, type ServerState } from "../server/running-server.ts";
import { checkAgentProgram } from "./check-agent-program.ts";
import { failed, passed, warned, type Check } from "./check.ts";
import { checkConfigMode, checkKeys } from "./check-config.ts";
import { checkMesh } from "./check-mesh.ts";
import { checkRemote } from "./check-remote.ts";

const minNodeMajor = 24;

/** Every check of [CLI-11], in the order in which one depends on another. Changes nothing. */
export async function examine(context: CommandContext): Promise<Check[]> {
  const { config, checks } = await examineConfig(context);
  const state = await readServerState(context.home);
  return [
    checkNode(context),
    await checkAgentProgram(context),
    ...(await checkRegistration(context)),
    ...checks,
    checkServer(state),
    ...(await checkRemote(context.home, state)),
    ...(await Promise.all(config.meshes.map((mesh) => checkMesh(context, mesh)))).flat(),
  ];
}

function checkNode({ product }: CommandContext): Check {
  const { runtime, runtimeVersion } = product;
  const version = `${runtime} ${runtimeVersion}`;
  if (Number.parseInt(runtimeVersion, 10) >= minNodeMajor) return passed("runtime", version);
  return failed("runtime", `${version} is too old`, `install Node ${minNodeMajor} or newer`);
}

async function checkRegistration(context: CommandContext): Promise<Check[]> {
  const { readRegistration } = await import("../install/read-registration.ts");
  const { mcp, hooks } = await readRegistration(context);
  const hint = "run `parl install`, or start agents with `parl launch`, which registers itself";
  return [
    mcp ? passed("mcp", "the MCP server is registered") : warned("mcp", "the MCP server is not registered", hint),
    hooks ? passed("hooks", "the hooks are registered") : warned("hooks", "the hooks are not registered", hint),
  ];
}

async function examineConfig({ home }: CommandContext): Promise<{ config: Config; checks: Check[] }> {
  const path = configPath(home);
  let config: Config;
  try {
    config = await loadConfig(home);
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    return {
      config: emptyConfig,
      checks: [failed("config", thrown.message, "repair or move that file away, then run `parl doctor` again")],
    };
  }
  const mode = await checkConfigMode(path);
  const joined =
    config.meshes.length === 0
      ? warned("config", "no mesh is joined", "run `parl up` for a mesh of your own, or `parl join LINK`")
      : passed("config", `${path} has ${config.meshes.length === 1 ? "1 mesh" : `${config.meshes.length} meshes`}`);
  return { config, checks: [joined, ...mode, ...(await checkKeys(config))] };
}

function checkServer(state: ServerState): Check {
  if (state.name === "running") return passed("server", `running on ${state.info.url} (process ${state.info.pid})`);
  if (state.name === "starting") return warned("server", "it is starting", "run `parl doctor` again in a moment");
  return warned(
    "server",
    "no server runs from this PARL_HOME",
    "run `parl up`, unless the meshes are on another machine",
  );
}
