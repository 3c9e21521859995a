import type { Peer } from "@parlatory/protocol";
import { chooseMesh } from "../config/choose-mesh.ts";
import { loadConfig } from "../config/config-file.ts";
import type { CommandContext } from "../harness/context.ts";
import { withControlClient } from "./with-control-client.ts";

export interface PeerRow {
  readonly name: string;
  readonly key: string;
  readonly online: boolean;
  readonly connected: boolean;
  readonly status: string | null;
  readonly status_since: string | null;
  readonly role: string | null;
  readonly groups: readonly { readonly name: string; readonly role: string | null }[];
  readonly summary: string | null;
  readonly host: string | null;
  readonly cwd: string | null;
  readonly pid: number | null;
  readonly agent: Readonly<Record<string, string>>;
  readonly member_id: string;
  readonly member_key: string;
  readonly member_role: string | null;
  readonly connected_at: string | null;
  readonly last_seen_at: string | null;
}

/** [CLI-15]. Errors: those of a one-shot connection, `bad_group`. */
export async function listPeers(
  context: CommandContext,
  args: { readonly group: string | undefined; readonly all: boolean; readonly mesh: string | undefined },
): Promise<{ mesh: string; peers: PeerRow[] }> {
  const mesh = chooseMesh(context, await loadConfig(context.home), args.mesh);
  const peers = await withControlClient(context, { mesh, subject: { operation: "list_peers" } }, (client) =>
    client.listPeers({ group: args.group, ...(args.all ? { includeOffline: true } : {}) }),
  );
  return { mesh: mesh.slug, peers: peers.map(toRow) };
}

function toRow(peer: Peer): PeerRow {
  return {
    name: peer.displayName,
    key: peer.pubkey,
    online: peer.online,
    connected: peer.online && peer.connected !== false,
    status: peer.status ?? null,
    status_since: peer.statusSince ?? null,
    role: peer.role ?? null,
    groups: peer.groups.map(({ name, role }) => ({ name, role: role ?? null })),
    summary: peer.summary ?? null,
    host: peer.host ?? null,
    cwd: peer.cwd ?? null,
    pid: peer.pid ?? null,
    agent: peer.capabilities ?? {},
    member_id: peer.memberId,
    member_key: peer.memberPubkey,
    member_role: peer.memberRole ?? null,
    connected_at: peer.connectedAt ?? null,
    last_seen_at: peer.lastSeenAt ?? null,
  };
}
