import { createApiClient, fetchHttp, listMeshes, MeshApi, type ApiClient } from "@parlatory/client";
import type { MeshBody, PeerBody } from "@parlatory/protocol";
import { useQuery } from "@tanstack/react-query";
import { meshPath } from "../mesh/session/mesh-path.ts";
import { readToken } from "../mesh/session/token.ts";
import type { PaletteChoice } from "./rank-choices.ts";

interface KnownMesh {
  readonly mesh: MeshBody;
  /** Nobody, where its peers could not be read. */
  readonly peers: readonly PeerBody[];
}

/** So many meshes are asked for their peers; more are only gone to. */
const MAX_ASKED = 20;

/** The meshes and who is in them; only where somebody is signed in to them, in this tab. */
export function useMeshChoices(go: (path: string) => void): PaletteChoice[] {
  const token = readToken(sessionStorage);
  const { data = [] } = useQuery({
    queryKey: ["palette-meshes", token],
    queryFn: () =>
      readMeshes(
        createApiClient({ url: location.origin, auth: { kind: "token", token: token ?? "" }, http: fetchHttp }),
      ),
    enabled: token !== undefined,
    retry: false,
    staleTime: 10_000,
  });
  // Of a single one nothing needs to be said.
  const isOnly = data.length === 1;
  return data.flatMap(({ mesh, peers }) => [
    ...(isOnly ? [] : [meshChoice(mesh, go)]),
    ...peers.map((peer) => peerChoice(peer, isOnly ? undefined : mesh, mesh, go)),
  ]);
}

function meshChoice(mesh: MeshBody, go: (path: string) => void): PaletteChoice {
  return {
    id: `mesh ${mesh.id}`,
    kind: "Place",
    label: `Mesh ${nameOf(mesh)}`,
    run: () => go(meshPath(mesh.id)),
  };
}

function peerChoice(
  { pubkey, display_name: name, summary }: PeerBody,
  told: MeshBody | undefined,
  mesh: MeshBody,
  go: (path: string) => void,
): PaletteChoice {
  const details = [told === undefined ? undefined : nameOf(told), summary ?? undefined];
  return {
    id: `peer ${mesh.id} ${pubkey}`,
    kind: "Peer",
    label: name,
    detail: details.filter((part) => part !== undefined && part !== "").join(" · "),
    run: () => go(meshPath(mesh.id, pubkey)),
  };
}

async function readMeshes(api: ApiClient): Promise<readonly KnownMesh[]> {
  const meshes = await listMeshes(api);
  return await Promise.all(
    meshes.map(async (mesh, index) => ({
      mesh,
      // One that cannot be read must not take the others away.
      peers:
        index < MAX_ASKED ? await new MeshApi(api, mesh.id).listPeers({ include_offline: false }).catch(() => []) : [],
    })),
  );
}

function nameOf({ name, slug }: MeshBody): string {
  return name === "" ? slug : name;
}
