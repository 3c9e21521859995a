import type { MeshBody, PublicKey } from "@parlatory/protocol";
import type { MeshRow } from "../store/store.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import { toInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";

/** [HTTP-8]. */
export function meshRoutes(
  deps: Pick<HttpDeps, "directory" | "meshAdmin">,
): Pick<RouteHandlers, "listMeshes" | "createMesh" | "getMesh" | "archiveMesh" | "changePolicies"> {
  return {
    listMeshes({ caller }) {
      const meshes = deps.directory.meshes().filter((mesh) => caller.meshId === undefined || mesh.id === caller.meshId);
      return { body: { meshes: meshes.map(toMeshBody) } };
    },
    async createMesh({ body, caller }) {
      const { slug, name, owner_pubkey, policies } = body;
      const result = await deps.meshAdmin.create(
        { slug, name, ownerPubkey: owner_pubkey as PublicKey, policies },
        caller.actor,
      );
      if (result.outcome === "slug_taken") throw new HttpError("slug_taken", undefined, { field: "slug" });
      return { body: toMeshBody(result.mesh) };
    },
    getMesh({ mesh }) {
      return { body: toMeshBody(mesh) };
    },
    async archiveMesh({ mesh, caller }) {
      await deps.meshAdmin.archive(mesh.id, caller.actor);
      return { body: { ok: true } };
    },
    async changePolicies({ mesh, body, caller }) {
      return { body: { policies: await deps.meshAdmin.changePolicies(mesh.id, body.policies, caller.actor) } };
    },
  };
}

function toMeshBody(mesh: MeshRow): MeshBody {
  return {
    id: mesh.id,
    slug: mesh.slug,
    name: mesh.name,
    owner_pubkey: mesh.ownerPubkey,
    policies: mesh.policies,
    created_at: toInstant(mesh.createdAt),
  };
}
