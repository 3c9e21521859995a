import { MeshApi } from "@parlatory/client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Ago } from "../../design/ago.tsx";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Card, CardList, Soft } from "../../design/card.tsx";
import { Notice } from "../../design/notice.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { PageHead } from "../../design/page-head.tsx";

/** Who changed what, and whether the chain of the entries is whole. */
export function AuditPage() {
  const { api, mesh } = useMesh();
  const [verify, setVerify] = useState(false);
  const query = useQuery({
    queryKey: [mesh.id, "audit", verify],
    queryFn: () => new MeshApi(api, mesh.id).listAudit({ verify }),
    placeholderData: (previous) => previous,
  });
  const chain = query.data?.chain;
  return (
    <>
      <PageHead title="Audit trail">
        {chain === undefined ? null : (
          <Badge tone={chain === "ok" ? "good" : "bad"}>{chain === "ok" ? "chain is whole" : "chain is broken"}</Badge>
        )}
        <Button onClick={() => (verify ? void query.refetch() : setVerify(true))}>Check the chain</Button>
      </PageHead>
      <MeshAnswer query={query} what="the audit trail">
        {({ entries }) =>
          entries.length === 0 ? (
            <Notice tone="empty" title="Nothing was changed yet" />
          ) : (
            <CardList label="Entries">
              {entries.toReversed().map((entry) => (
                <Card key={entry.seq} title={entry.event} badges={<Badge>#{entry.seq}</Badge>}>
                  <Soft>
                    {entry.actor} · <Ago at={entry.at} />
                  </Soft>
                  {Object.keys(entry.data).length === 0 ? null : <pre>{JSON.stringify(entry.data)}</pre>}
                </Card>
              ))}
            </CardList>
          )
        }
      </MeshAnswer>
    </>
  );
}
