import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";

export interface NextStep {
  /** The command to run. */
  readonly next: string;
  /** Why, in a sentence. */
  readonly reason: string;
  /** Null: not looked at, because the answer did not depend on it. */
  readonly serverRunning: boolean | null;
  readonly registered: boolean;
  readonly meshes: readonly string[];
}

const healthWaitMs = 2000;

/** What to do next on this machine, by what is there [CLI-5]. Changes nothing. */
export async function nextStep(context: CommandContext): Promise<NextStep> {
  const [{ loadConfig }, { readRegistration }] = await Promise.all([
    import("../config/config-file.ts"),
    import("../install/read-registration.ts"),
  ]);
  const registered = (await readRegistration(context)).mcp;
  let meshes: string[];
  try {
    meshes = (await loadConfig(context.home)).meshes.map(({ slug }) => slug);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    return { next: "parl doctor", reason: cause.message, serverRunning: null, registered, meshes: [] };
  }
  const facts = { serverRunning: meshes.length === 0 ? await isServerRunning(context) : null, registered, meshes };
  if (facts.serverRunning === false) {
    return {
      ...facts,
      next: "parl up",
      reason: "no server runs on this machine and no mesh is joined: this starts one with a mesh of your own",
    };
  }
  if (!registered) {
    return {
      ...facts,
      next: "parl install",
      reason: "Claude Code does not know the mesh yet: this registers its tools and hooks",
    };
  }
  if (meshes.length === 0) {
    return {
      ...facts,
      next: "parl join",
      reason: "no mesh is joined: this takes the invite link that `parl invite create` printed",
    };
  }
  return {
    ...facts,
    next: "parl launch",
    reason: `all is ready: this starts an agent as a peer (joined: ${meshes.join(", ")})`,
  };
}

async function isServerRunning(context: CommandContext): Promise<boolean> {
  const [{ fetchHealth }, { homeHttp }, { serverUrl }] = await Promise.all([
    import("@parlatory/client"),
    import("../server/home-network.ts"),
    import("../server/admin-access.ts"),
  ]);
  return (await fetchHealth(await serverUrl(context, undefined), homeHttp(context), healthWaitMs)) !== undefined;
}
