import { resolve } from "node:path";
import { MeshApi, createMesh, openCrypto } from "@parlatory/client";
import { writePrivateFile } from "../config/write-private-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { adminHints, openAdminApi, serverUrl } from "../server/admin-access.ts";
import { meshSocketUrl } from "../server/create-owned-mesh.ts";
import { checkSlug } from "./create-mesh.ts";
import { withMeshErrors } from "./mesh-error.ts";

/** What FILE holds [CLI-13]. */
export interface SeedFile {
  /** ws address of the broker. */
  readonly url: string;
  readonly meshId: string;
  readonly slug: string;
  readonly members: readonly { readonly memberId: string; readonly pubkey: string; readonly secretKey: string }[];
  readonly inviteLink: string;
  readonly rootKey: string;
}

const inviteUses = 1_000;
const inviteDays = 30;
/** Requests under way at once. */
const width = 16;

/** Makes a mesh without rate limits, as many members as asked, and an invite. Errors: those of the REST interface, `filesystem`. */
export async function seedMesh(
  context: CommandContext,
  args: {
    readonly members: number;
    readonly out: string;
    readonly slug: string | undefined;
    readonly url: string | undefined;
  },
): Promise<{ slug: string; mesh_id: string; members: number; max_peers: number; path: string }> {
  const slug = args.slug ?? `seed-${context.newId().slice(0, 12)}`;
  checkSlug(slug);
  const path = resolve(context.workingDirectory, args.out);
  const maxPeers = Math.max(100, args.members);
  const origin = await serverUrl(context, args.url);
  const api = await openAdminApi(context, origin);
  const seed = await withMeshErrors(
    { target: slug, operation: "seed_mesh", hints: adminHints },
    async (): Promise<SeedFile> => {
      const crypto = await openCrypto();
      const owner = crypto.generateKeyPair();
      const policies = { rateMessagesPerMinute: 0, maxPeers };
      const { id } = await createMesh(api, { slug, owner_pubkey: owner.publicKey, policies });
      const mesh = new MeshApi(api, id);
      const rootKey = crypto.generateRootKey();
      const url = meshSocketUrl(origin);
      const expiresAt = Math.floor(context.now().getTime() / 1_000) + inviteDays * 86_400;
      const invite = crypto.createInvite(
        {
          mesh_id: id,
          mesh_slug: slug,
          broker_url: url,
          expires_at: expiresAt,
          mesh_root_key: rootKey,
          role: "member",
        },
        owner.secretKey,
      );
      if (!invite.ok) throw new Error(`the invite of a seeded mesh cannot be made: ${invite.reason}`);
      await mesh.createInvite({
        token_hash: invite.tokenHash,
        role: "member",
        max_uses: inviteUses,
        expires_at: expiresAt,
      });
      const members = await inParallel(args.members, async (index) => {
        const key = crypto.generateKeyPair();
        const added = await mesh.addMember({
          peer_pubkey: key.publicKey,
          display_name: `peer-${index + 1}`,
          role: "member",
        });
        return { memberId: added.id, pubkey: key.publicKey, secretKey: key.secretKey };
      });
      return { url, meshId: id, slug, members, inviteLink: invite.link, rootKey };
    },
  );
  await writePrivateFile(path, `${JSON.stringify(seed, null, 2)}\n`);
  return { slug, mesh_id: seed.meshId, members: seed.members.length, max_peers: maxPeers, path };
}

/** Runs `work` for 0 … length-1, `width` at a time; results in order. */
async function inParallel<Result>(length: number, work: (index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = Array.from({ length });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < length) {
      const index = next;
      next += 1;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, length) }, worker));
  return results;
}
