import { MeshApi } from "@parlatory/client";
import type { PeerBody } from "@parlatory/protocol";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearch } from "wouter";
import { Ago } from "../../design/ago.tsx";
import { Badge, type Tone } from "../../design/badge.tsx";
import { Card, CardList, ForeignText, Soft, Tags } from "../../design/card.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { PageHead } from "../../design/page-head.tsx";

const toneOfStatus: Readonly<Record<string, Tone>> = { idle: "good", working: "accent", dnd: "warn" };

/** Who is there, and in which state ([DASH-2]). */
export function PeersPage() {
  const { api, mesh } = useMesh();
  const [withAway, setWithAway] = useState(false);
  const query = useQuery({
    queryKey: [mesh.id, "peers", withAway],
    queryFn: () => new MeshApi(api, mesh.id).listPeers({ include_offline: withAway }),
  });
  const wanted = new URLSearchParams(useSearch()).get("peer");
  const isThere = query.data !== undefined;
  useEffect(() => {
    // Comes from the map: the one that was chosen there.
    if (wanted !== null && isThere) document.getElementById(cardId(wanted))?.focus();
  }, [wanted, isThere]);
  return (
    <>
      <PageHead title="Peers">
        <label>
          <input type="checkbox" checked={withAway} onChange={(event) => setWithAway(event.target.checked)} /> Show who
          is away
        </label>
      </PageHead>
      <MeshAnswer query={query} what="the peers">
        {(peers) =>
          peers.length === 0 ? (
            <Notice tone="empty" title="Nobody is here yet">
              <p>
                Start one in a project of yours: <code>parl launch --name Alice</code>
              </p>
            </Notice>
          ) : (
            <CardList grid label="Peers">
              {peers.map((peer) => (
                <PeerCard key={peer.presence_id ?? peer.pubkey} peer={peer} />
              ))}
            </CardList>
          )
        }
      </MeshAnswer>
    </>
  );
}

function PeerCard({ peer }: { peer: PeerBody }) {
  const where = [peer.client?.name, peer.host].filter((part) => part !== undefined && part !== null);
  return (
    <Card
      id={cardId(peer.pubkey)}
      title={peer.display_name}
      isAway={!peer.online}
      badges={
        <>
          {peer.status === undefined ? null : <Badge tone={toneOfStatus[peer.status]}>{peer.status}</Badge>}
          <Connection peer={peer} />
        </>
      }
    >
      {peer.role === undefined || peer.role === null || peer.role === "" ? null : <Soft>{peer.role}</Soft>}
      {peer.summary === undefined || peer.summary === null || peer.summary === "" ? null : (
        <ForeignText>{peer.summary}</ForeignText>
      )}
      {peer.groups.length === 0 ? null : (
        <Tags>
          {peer.groups.map(({ name, role }) => (
            <Badge key={name}>
              @{name}
              {role === undefined ? "" : ` · ${role}`}
            </Badge>
          ))}
        </Tags>
      )}
      <Soft>
        {where.join(" on ")}
        {where.length > 0 ? " · " : ""}
        {peer.status_since === undefined ? null : (
          <>
            {peer.status} since <Ago at={peer.status_since} />
          </>
        )}
        {!peer.online && peer.last_seen_at !== undefined ? (
          <>
            seen <Ago at={peer.last_seen_at} />
          </>
        ) : null}
      </Soft>
    </Card>
  );
}

function Connection({ peer }: { peer: PeerBody }) {
  if (!peer.online) return <Badge>away</Badge>;
  return peer.connected === false ? (
    <Badge tone="warn">connection dropped</Badge>
  ) : (
    <Badge tone="good">connected</Badge>
  );
}

function cardId(pubkey: string): string {
  return `peer-${pubkey}`;
}
