import { resolve } from "node:path";
import type { MemberBody, MemoryBody, MeshBody, StateBody } from "@parlatory/protocol";
import { loadConfig } from "../config/config-file.ts";
import { writePrivateFile } from "../config/write-private-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { chooseAdminMesh } from "../mesh/choose-admin-mesh.ts";
import { withMeshErrors } from "../mesh/mesh-error.ts";
import { adminHints, openMeshAccess } from "../server/admin-access.ts";

/** The file of `parl export` [CLI-21]; rows as the REST interface has them. */
export interface ExportedMesh {
  readonly format: "parlatory.mesh-export";
  readonly version: 1;
  /** ISO-8601. */
  readonly exported_at: string;
  readonly mesh: Pick<MeshBody, "id" | "slug" | "name" | "owner_pubkey" | "created_at">;
  readonly policies: MeshBody["policies"];
  readonly members: readonly MemberBody[];
  readonly state: readonly StateBody[];
  readonly memories: readonly MemoryBody[];
}

const pageSize = 100;

/** Errors: those of the REST interface and of choosing a mesh, `filesystem`. */
export async function exportMesh(
  context: CommandContext,
  args: { readonly out: string; readonly mesh: string | undefined; readonly url: string | undefined },
): Promise<{ path: string; mesh: string; members: number; state_entries: number; memories: number }> {
  const wanted = chooseAdminMesh(context, await loadConfig(context.home), args.mesh);
  const { api } = await openMeshAccess(context, { mesh: wanted, url: args.url });
  const exported = await withMeshErrors(
    { target: wanted, operation: "export_mesh", notFound: "mesh_not_found", hints: adminHints },
    async (): Promise<ExportedMesh> => {
      const { policies, id, slug, name, owner_pubkey, created_at } = await api.get();
      const memories: MemoryBody[] = [];
      for (let before: string | undefined; ;) {
        const page = await api.listMemories({ limit: pageSize, before });
        memories.push(...page.memories);
        if (page.next === null) break;
        before = page.next;
      }
      return {
        format: "parlatory.mesh-export",
        version: 1,
        exported_at: context.now().toISOString(),
        mesh: { id, slug, name, owner_pubkey, created_at },
        policies,
        members: await api.listMembers(),
        state: await api.listState(),
        memories,
      };
    },
  );
  const path = resolve(context.workingDirectory, args.out);
  await writePrivateFile(path, `${JSON.stringify(exported, null, 2)}\n`);
  const { mesh, members, state, memories } = exported;
  return { path, mesh: mesh.slug, members: members.length, state_entries: state.length, memories: memories.length };
}
