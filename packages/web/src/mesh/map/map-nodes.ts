import type { PeerBody } from "@parlatory/protocol";
import type { RouteEdge } from "./route-memory.ts";

export interface MapNode {
  readonly id: string;
  readonly name: string;
  /** Undefined: it is not among the peers any more. */
  readonly peer: PeerBody | undefined;
}

export interface MapEdge {
  readonly from: MapNode;
  readonly to: MapNode;
  readonly count: number;
  readonly lastAt: number;
}

/** Who is on the map, those of one group beside each other, and the ways between them; always in the same order. */
export function toMap(
  peers: readonly PeerBody[],
  routes: readonly RouteEdge[],
): { nodes: readonly MapNode[]; edges: readonly MapEdge[] } {
  const sorted = [...peers].toSorted((left, right) => compare(sortKey(left), sortKey(right)));
  const nodes: MapNode[] = [];
  const byKey = new Map<string, MapNode>();
  for (const peer of sorted) {
    const node = { id: peer.presence_id ?? peer.pubkey, name: peer.display_name, peer };
    nodes.push(node);
    // A member's key belongs to all sessions of that member; the first of them stands for it.
    for (const key of [peer.presence_id, peer.pubkey, peer.member_pubkey]) {
      if (key !== undefined && key !== null && !byKey.has(key)) byKey.set(key, node);
    }
  }
  const find = (key: string): MapNode => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const gone: MapNode = { id: key, name: `${key.slice(0, 8)}…`, peer: undefined };
    nodes.push(gone);
    byKey.set(key, gone);
    return gone;
  };
  const edges = new Map<string, MapEdge>();
  for (const { from, to, count, lastAt } of routes) {
    const edge = { from: find(from), to: find(to), count, lastAt };
    const key = `${edge.from.id} ${edge.to.id}`;
    const before = edges.get(key);
    edges.set(
      key,
      before === undefined ? edge : { ...edge, count: before.count + count, lastAt: Math.max(before.lastAt, lastAt) },
    );
  }
  return { nodes, edges: [...edges.values()] };
}

function sortKey(peer: PeerBody): string {
  const groups = peer.groups.map(({ name }) => name).toSorted(compare);
  return `${groups[0] ?? "\uffff"} ${peer.display_name} ${peer.pubkey}`;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
