import { createApiClient, listMeshes } from "@parlatory/client";
import { changeConfig, loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { defaultMemberName } from "../mesh/join-by-link.ts";
import { homeHttp } from "./home-network.ts";
import { createOwnedMesh, meshSocketUrl } from "./create-owned-mesh.ts";

export interface SettledHome {
  /** Slug of the mesh that was made, on the first start only. */
  readonly meshCreated: string | null;
}

/**
 * After a start: a server without any mesh gets the mesh `local`, with this machine as its owner and member [CLI-6], and
 * entries of the config that mean this server's meshes follow it to the port it has now. Errors: those of the REST
 * interface, `invalid_config`, `filesystem`.
 */
export async function settleHome(
  context: Pick<CommandContext, "home" | "now" | "env">,
  { url, adminToken }: { readonly url: string; readonly adminToken: string },
): Promise<SettledHome> {
  const api = createApiClient({ url, auth: { kind: "token", token: adminToken }, http: homeHttp(context) });
  const hosted = new Set((await listMeshes(api)).map(({ id }) => id));
  if (hosted.size > 0) {
    await followPort(context.home, meshSocketUrl(url), hosted);
    return { meshCreated: null };
  }
  const config = await loadConfig(context.home);
  // The name of a mesh elsewhere, or of one in another database, stays that mesh's: its keys are not given up for ours.
  const taken = new Set([...config.meshes, ...config.owned].map(({ slug }) => slug));
  let slug = "local";
  for (let number = 2; taken.has(slug); number += 1) slug = `local-${number}`;
  await createOwnedMesh(context, api, { slug, url, memberName: defaultMemberName(context, config) });
  return { meshCreated: slug };
}

async function followPort(home: string, brokerUrl: string, hosted: ReadonlySet<string>): Promise<void> {
  const isStale = (entry: { readonly meshId: string; readonly brokerUrl: string }): boolean =>
    hosted.has(entry.meshId) && entry.brokerUrl !== brokerUrl && isLoopback(entry.brokerUrl);
  await changeConfig(home, (config) => {
    if (![...config.meshes, ...config.owned].some(isStale)) return config;
    const moved = <Entry extends { readonly meshId: string; readonly brokerUrl: string }>(entry: Entry): Entry =>
      isStale(entry) ? { ...entry, brokerUrl } : entry;
    return { ...config, meshes: config.meshes.map(moved), owned: config.owned.map(moved) };
  });
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/u.test(hostname);
}
