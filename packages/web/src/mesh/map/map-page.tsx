import { ApiError, MeshApi } from "@parlatory/client";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Ago } from "../../design/ago.tsx";
import { Notice } from "../../design/notice.tsx";
import { PageHead } from "../../design/page-head.tsx";
import { MeshAnswer } from "../mesh-answer.tsx";
import { useMesh } from "../mesh-context.tsx";
import { toMap, type MapEdge } from "./map-nodes.ts";
import classes from "./map-page.module.css";
import { MeshMap } from "./mesh-map.tsx";
import { ROUTE_MEMORY_MS } from "./route-memory.ts";

const TICK_MS = 1_000;

/** Who talks to whom, as messages pass: the ways, never the words. */
export function MapPage() {
  const { api, mesh, routes } = useMesh();
  const peers = useQuery({
    queryKey: [mesh.id, "peers", false],
    queryFn: () => new MeshApi(api, mesh.id).listPeers({ include_offline: false }),
  });
  // Ways are told to tokens of this scope only; others would look at a map where nothing ever moves.
  const audit = useQuery({
    queryKey: [mesh.id, "audit", false],
    queryFn: () => new MeshApi(api, mesh.id).listAudit({ verify: false }),
  });
  const isRefused = audit.error instanceof ApiError && audit.error.status === 403;
  const told = useSyncExternalStore(
    (notify) => routes.subscribe(notify),
    () => routes.edges,
  );
  const now = useNow(told.length > 0);
  return (
    <>
      <PageHead title="Map" />
      {isRefused ? (
        <Notice tone="warn" title="Messages are not shown with this token">
          <p>Who talks to whom tells a lot, even where every word is sealed. Sign in with a token of scope admin.</p>
        </Notice>
      ) : null}
      <MeshAnswer query={peers} what="the peers">
        {(rows) => {
          const recent = told.filter(({ lastAt }) => now - lastAt < ROUTE_MEMORY_MS);
          const { nodes, edges } = toMap(rows, recent);
          if (nodes.length === 0) {
            return (
              <Notice tone="empty" title="Nobody is here yet">
                <p>
                  Start one in a project of yours: <code>parl launch --name Alice</code>
                </p>
              </Notice>
            );
          }
          return (
            <>
              <MeshMap nodes={nodes} edges={edges} now={now} />
              <Ways edges={edges} />
              <Untold count={routes.untold(now)} />
            </>
          );
        }}
      </MeshAnswer>
    </>
  );
}

function Ways({ edges }: { edges: readonly MapEdge[] }) {
  if (edges.length === 0) {
    return (
      <p className={classes["soft"]}>No message has passed in the last ten minutes, as far as this page has seen.</p>
    );
  }
  return (
    <table className={classes["table"]}>
      <caption>Messages of the last ten minutes, since this dashboard was opened</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col" className={classes["number"]}>
            Messages
          </th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {edges
          .toSorted((left, right) => right.lastAt - left.lastAt)
          .map(({ from, to, count, lastAt }) => (
            <tr key={`${from.id} ${to.id}`}>
              <td>{from.name}</td>
              <td>{to.name}</td>
              <td className={classes["number"]}>{count.toLocaleString()}</td>
              <td>
                <Ago at={new Date(lastAt).toISOString()} />
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** What the server counted and did not tell, or this page could not keep: the map is not the whole then, and says so. */
function Untold({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <p className={classes["soft"]}>
      {count === 1
        ? "The way of 1 more message is not drawn: too many were used at once."
        : `The ways of ${count.toLocaleString()} more messages are not drawn: too many were used at once.`}
    </p>
  );
}

function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return;
    const renew = (): void => setNow(Date.now());
    renew();
    const timer = setInterval(renew, TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
