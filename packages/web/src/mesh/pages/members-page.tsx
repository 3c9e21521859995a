import { MeshApi } from "@parlatory/client";
import type { InviteBody, MemberBody } from "@parlatory/protocol";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Ago } from "../../design/ago.tsx";
import { Badge } from "../../design/badge.tsx";
import { Button } from "../../design/button.tsx";
import { Card, CardList, Soft } from "../../design/card.tsx";
import { Dialog } from "../../design/dialog.tsx";
import { Notice } from "../../design/notice.tsx";
import { InviteLinks } from "../invites/invite-links.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { describeFailure } from "../mesh-requests.ts";
import { PageHead } from "../../design/page-head.tsx";

type Revocation = { kind: "member"; member: MemberBody } | { kind: "invite"; invite: InviteBody };

/** Who belongs to the mesh and by which invites more can come; both are taken away here, neither is made ([DASH-6]). */
export function MembersPage() {
  const { api, mesh } = useMesh();
  const [revocation, setRevocation] = useState<Revocation>();
  const members = useQuery({
    queryKey: [mesh.id, "members"],
    queryFn: () => new MeshApi(api, mesh.id).listMembers(),
  });
  const invites = useQuery({
    queryKey: [mesh.id, "invites"],
    queryFn: () => new MeshApi(api, mesh.id).listInvites(),
  });
  return (
    <>
      <PageHead title="Members" />
      <InviteLinks slug={mesh.slug} />
      <MeshAnswer query={members} what="the members">
        {(rows) => (
          <CardList grid label="Members">
            {rows.map((member) => (
              <Card
                key={member.id}
                title={member.display_name}
                isAway={member.revoked_at !== null}
                badges={<Badge tone={member.role === "admin" ? "accent" : undefined}>{member.role}</Badge>}
                actions={
                  member.revoked_at === null ? (
                    <Button look="danger" onClick={() => setRevocation({ kind: "member", member })}>
                      Revoke<span className="visually-hidden"> {member.display_name}</span>
                    </Button>
                  ) : undefined
                }
              >
                <Soft>
                  <code>{member.pubkey.slice(0, 16)}…</code>
                </Soft>
                <Soft>
                  {member.revoked_at === null ? (
                    <>
                      seen <Ago at={member.last_seen_at} />
                    </>
                  ) : (
                    <>
                      revoked <Ago at={member.revoked_at} />
                    </>
                  )}
                </Soft>
              </Card>
            ))}
          </CardList>
        )}
      </MeshAnswer>
      <PageHead title="Invites" />
      <MeshAnswer query={invites} what="the invites">
        {(rows) => (
          <CardList grid label="Invites">
            {rows.map((invite) => (
              <InviteCard key={invite.id} invite={invite} onRevoke={() => setRevocation({ kind: "invite", invite })} />
            ))}
          </CardList>
        )}
      </MeshAnswer>
      {revocation === undefined ? null : <Revoke revocation={revocation} onClose={() => setRevocation(undefined)} />}
    </>
  );
}

function InviteCard({ invite, onRevoke }: { invite: InviteBody; onRevoke: () => void }) {
  const expires = new Date(invite.expires_at * 1000);
  const isUsable = invite.revoked_at === null && invite.used_count < invite.max_uses && expires.getTime() > Date.now();
  return (
    <Card
      title={<code>{invite.id}</code>}
      isAway={!isUsable}
      badges={<Badge>{invite.role}</Badge>}
      actions={
        isUsable ? (
          <Button look="danger" onClick={onRevoke}>
            Revoke<span className="visually-hidden"> the invite {invite.id}</span>
          </Button>
        ) : undefined
      }
    >
      <Soft>
        used {invite.used_count} of {invite.max_uses} times ·{" "}
        {invite.revoked_at === null ? `until ${expires.toLocaleString()}` : "revoked"}
      </Soft>
    </Card>
  );
}

function Revoke({ revocation, onClose }: { revocation: Revocation; onClose: () => void }) {
  const { api, mesh } = useMesh();
  const queries = useQueryClient();
  const isMember = revocation.kind === "member";
  const revoke = useMutation({
    mutationFn: async () => {
      const meshApi = new MeshApi(api, mesh.id);
      if (revocation.kind === "member") await meshApi.revokeMember(revocation.member.id);
      else await meshApi.revokeInvite(revocation.invite.id);
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [mesh.id, isMember ? "members" : "invites"] });
      onClose();
    },
  });
  return (
    <Dialog
      isOpen
      title={revocation.kind === "member" ? `Revoke ${revocation.member.display_name}?` : "Revoke this invite?"}
      onClose={onClose}
      actions={
        <Button look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate()}>
          Revoke
        </Button>
      }
    >
      <p>
        {isMember
          ? "Its sessions are disconnected at once, mail that waits for it is refused, and this key can never join again."
          : "Nobody can join with it any more. Who joined by it stays."}
      </p>
      {revoke.error === null ? null : (
        <Notice tone="bad" title="Not revoked">
          <p>{describeFailure(revoke.error)}</p>
        </Notice>
      )}
    </Dialog>
  );
}
