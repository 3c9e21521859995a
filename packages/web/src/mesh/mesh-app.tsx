import { ApiError, createApiClient, fetchHttp, listMeshes } from "@parlatory/client";
import type { MeshBody } from "@parlatory/protocol";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import { describeFailure } from "./mesh-requests.ts";
import { MeshDashboard } from "./mesh-dashboard.tsx";
import { meshOf } from "./session/mesh-path.ts";
import { readToken, saveToken } from "./session/token.ts";
import { SignIn } from "./sign-in.tsx";

/** The dashboard from the sign-in on: which token, then which mesh. */
export function MeshApp() {
  const [token, setToken] = useState(() => readToken(sessionStorage));
  const change = (next: string | undefined): void => {
    saveToken(sessionStorage, next);
    setToken(readToken(sessionStorage));
  };
  if (token === undefined) return <SignIn refused={false} onToken={change} />;
  return <SignedIn key={token} token={token} onToken={change} />;
}

function SignedIn({ token, onToken }: { token: string; onToken: (token: string | undefined) => void }) {
  const api = useMemo(
    () => createApiClient({ url: location.origin, auth: { kind: "token", token }, http: fetchHttp }),
    [token],
  );
  const { chosen, choose } = useChosenMesh();
  const query = useQuery({ queryKey: ["meshes", token], queryFn: () => listMeshes(api) });
  if (query.error instanceof ApiError && query.error.status === 401) return <SignIn refused onToken={onToken} />;
  if (query.data === undefined) {
    return query.isPending ? (
      <Notice tone="loading" title="Loading the meshes …" />
    ) : (
      <Notice tone="bad" title="Could not reach the server">
        <p>{describeFailure(query.error)}</p>
        <Button onClick={() => void query.refetch()}>Try again</Button>
      </Notice>
    );
  }
  const mesh: MeshBody | undefined = query.data.find(({ id }) => id === chosen) ?? query.data[0];
  if (mesh === undefined) {
    return (
      <Notice tone="empty" title="No mesh yet">
        <p>
          Make one: <code>parl mesh create crew</code>
        </p>
        <Button onClick={() => onToken(undefined)}>Sign out</Button>
      </Notice>
    );
  }
  return (
    <MeshDashboard
      key={mesh.id}
      api={api}
      token={token}
      mesh={mesh}
      meshes={query.data}
      onChoose={choose}
      onSignOut={() => onToken(undefined)}
    />
  );
}

/** By hand or by the address, whatever came last; pages of one mesh need not name it again. */
function useChosenMesh(): { chosen: string | undefined; choose: (meshId: string) => void } {
  const named = meshOf(useSearch());
  const [address, go] = useLocation();
  const [last, setLast] = useState({ named, chosen: named });
  const current = named === last.named ? last : { named, chosen: named ?? last.chosen };
  if (current !== last) setLast(current);
  return {
    chosen: current.chosen,
    choose(meshId) {
      setLast({ named: undefined, chosen: meshId });
      // What the address names is not shown any more.
      if (named !== undefined) go(address, { replace: true });
    },
  };
}
