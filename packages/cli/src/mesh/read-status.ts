import { findJoinedMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { CommandError } from "../harness/error.ts";
import { adminHints, readAdminToken, serverUrl } from "../server/admin-access.ts";
import { readServerState } from "../server/running-server.ts";
import { withControlClient } from "./with-control-client.ts";

export interface MeshStatus {
  readonly slug: string;
  readonly broker_url: string;
  readonly reachable: boolean;
  readonly authenticated: boolean;
  readonly latency_ms: number | null;
  readonly waiting: { readonly now: number; readonly next: number; readonly low: number } | null;
  readonly problem: { readonly kind: string; readonly message: string } | null;
}

export interface Status {
  readonly ok: boolean;
  readonly server: {
    readonly state: "running" | "starting" | "stopped";
    readonly url: string | null;
    readonly pid: number | null;
  };
  readonly meshes: readonly MeshStatus[];
  readonly dashboard_url?: string | undefined;
}

/** [CLI-11]. A mesh that cannot be used is told of, not thrown. Errors: `invalid_config`, `mesh_not_found`, `unauthorized`. */
export async function readStatus(
  context: CommandContext,
  args: { readonly dashboard: boolean; readonly mesh: string | undefined; readonly url: string | undefined },
): Promise<Status> {
  const config = await loadConfig(context.home);
  const chosen = args.mesh === undefined ? config.meshes : [findJoinedMesh(config, args.mesh)];
  const state = await readServerState(context.home);
  const server =
    state.name === "running"
      ? ({ state: "running", url: state.info.url, pid: state.info.pid } as const)
      : ({ state: state.name, url: null, pid: null } as const);
  const meshes = await Promise.all(chosen.map((mesh) => readMesh(context, mesh)));
  const ok = meshes.length > 0 && meshes.every(({ problem }) => problem === null);
  return { ok, server, meshes, ...(args.dashboard ? { dashboard_url: await dashboardUrl(context, args.url) } : {}) };
}

async function readMesh(context: CommandContext, mesh: JoinedMesh): Promise<MeshStatus> {
  const row = { slug: mesh.slug, broker_url: mesh.brokerUrl };
  try {
    const { latencyMs, waiting } = await withControlClient(context, { mesh }, async (client) => {
      const { mailbox } = await client.untilReady();
      const startMs = context.monotonicMs();
      // Any answer does; a status of nothing costs the broker least.
      await client.listState("\u{10ffff}");
      return { latencyMs: context.durationMs(startMs), waiting: mailbox };
    });
    const { now, next, low } = waiting;
    return {
      ...row,
      reachable: true,
      authenticated: true,
      latency_ms: latencyMs,
      waiting: { now, next, low },
      problem: null,
    };
  } catch (thrown) {
    if (!(thrown instanceof CommandError)) throw thrown;
    const reachable = thrown.kind !== "server_unreachable";
    const problem = { kind: thrown.kind, message: thrown.message };
    return { ...row, reachable, authenticated: false, latency_ms: null, waiting: null, problem };
  }
}

/** [DASH-1]: the token is in the fragment, which no browser sends anywhere. */
async function dashboardUrl(context: CommandContext, url: string | undefined): Promise<string> {
  const origin = await serverUrl(context, url);
  const token = await readAdminToken(context);
  if (token !== undefined) return `${origin}/mesh/#token=${token}`;
  throw new CommandError({
    kind: "unauthorized",
    operation: "authorize",
    target: origin,
    message: "there is no token for the dashboard: PARL_TOKEN is not set and the server's PARL_HOME is not here",
    hint: adminHints.unauthorized,
  });
}
