import { MeshClient, type MeshClientOptions } from "@parlatory/client";
import { hostname } from "node:os";
import type { JoinedMesh } from "../config/config.ts";
import type { CommandContext } from "../harness/context.ts";
import { homePlatform } from "../server/home-network.ts";
import { toMeshError } from "./mesh-error.ts";

const connectMs = 5_000;

/** A visible peer of a command that stays, with a session key of its own; pairs with `close`. Errors: those of the hello. */
export async function openPeer(
  context: Pick<CommandContext, "home" | "product" | "workingDirectory" | "pid" | "parentPid">,
  mesh: JoinedMesh,
  options: Pick<MeshClientOptions, "displayName" | "receiving" | "capabilities" | "reconnect"> & {
    readonly prepare?: (client: MeshClient) => void;
  },
): Promise<MeshClient> {
  const { prepare, ...rest } = options;
  const client = new MeshClient({
    mesh,
    platform: homePlatform(context),
    cwd: context.workingDirectory,
    pid: context.pid,
    parentPid: context.parentPid,
    client: { name: "parl", version: context.product.version },
    agentInfo: { host: hostname() },
    timing: { connectWaitMs: connectMs },
    ...rest,
  });
  prepare?.(client);
  client.connect();
  try {
    await client.untilReady(connectMs);
    return client;
  } catch (thrown) {
    await client.close();
    throw toMeshError(thrown, { target: mesh.slug });
  }
}
