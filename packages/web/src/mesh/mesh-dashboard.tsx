import type { ApiClient } from "@parlatory/client";
import type { MeshBody } from "@parlatory/protocol";
import { useMemo, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { placeOf, places } from "../app/places.ts";
import { Badge, type Tone } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Notice } from "../design/notice.tsx";
import { Shell, type NavEntry } from "../design/shell.tsx";
import { ThemeSwitch } from "../design/theme-switch.tsx";
import { PaletteHost } from "../palette/palette-host.tsx";
import type { FeedState } from "./events/event-feed.ts";
import { useMeshFeed } from "./events/use-mesh-feed.ts";
import { MapPage } from "./map/map-page.tsx";
import { RouteMemory } from "./map/route-memory.ts";
import { MeshContext } from "./mesh-context.tsx";
import { AuditPage } from "./pages/audit-page.tsx";
import { MembersPage } from "./pages/members-page.tsx";
import { MemoryPage } from "./pages/memory-page.tsx";
import { MessagesPage } from "./pages/messages-page.tsx";
import { PeersPage } from "./pages/peers-page.tsx";
import { PoliciesPage } from "./pages/policies-page.tsx";
import { StatePage } from "./pages/state-page.tsx";
import classes from "./mesh-dashboard.module.css";

const pages = [
  { path: "/mesh/peers", label: "Peers", page: PeersPage },
  { path: "/mesh/map", label: "Map", page: MapPage },
  { path: "/mesh/state", label: "State", page: StatePage },
  { path: "/mesh/memory", label: "Memory", page: MemoryPage },
  { path: "/mesh/messages", label: "Messages", page: MessagesPage },
  { path: "/mesh/members", label: "Members", page: MembersPage },
  { path: "/mesh/policies", label: "Policies", page: PoliciesPage },
  { path: "/mesh/audit", label: "Audit", page: AuditPage },
] as const;
const tabs: readonly NavEntry[] = pages;

const feedLabels: Readonly<Record<FeedState, { label: string; tone: Tone }>> = {
  connecting: { label: "connecting …", tone: undefined },
  live: { label: "live", tone: "good" },
  waiting: { label: "connection lost, trying again", tone: "warn" },
  closed: { label: "closed", tone: undefined },
};

/** One mesh, page by page, kept up to date by its events. */
export function MeshDashboard(props: {
  api: ApiClient;
  token: string;
  mesh: MeshBody;
  meshes: readonly MeshBody[];
  onChoose: (meshId: string) => void;
  onSignOut: () => void;
}) {
  const { api, token, mesh, meshes, onChoose, onSignOut } = props;
  const [location] = useLocation();
  const [routes] = useState(() => new RouteMemory(() => Date.now()));
  const { state, gap, forgetGap } = useMeshFeed(mesh.id, token, routes);
  const view = useMemo(() => ({ api, mesh, feed: state, routes }), [api, mesh, state, routes]);
  const { label, tone } = feedLabels[state];
  return (
    <MeshContext value={view}>
      <Shell
        entries={places}
        current={placeOf(location)}
        tabs={{ entries: tabs, current: location, label: "Mesh" }}
        header={
          <>
            <span role="status">
              <Badge tone={tone}>{label}</Badge>
            </span>
            {meshes.length > 1 ? (
              <select
                className={classes["choice"]}
                aria-label="Mesh"
                value={mesh.id}
                onChange={(event) => onChoose(event.target.value)}
              >
                {meshes.map(({ id, name, slug }) => (
                  <option key={id} value={id}>
                    {name === "" ? slug : name}
                  </option>
                ))}
              </select>
            ) : (
              <strong>{mesh.name === "" ? mesh.slug : mesh.name}</strong>
            )}
            <PaletteHost isDeskOnly />
            <ThemeSwitch />
            <Button look="quiet" aria-label="Sign out" onClick={onSignOut}>
              <span className={classes["sign"]}>
                <Icon name="leave" />
              </span>
              <span className={classes["word"]}>Sign out</span>
            </Button>
          </>
        }
      >
        {gap ? (
          <Notice tone="warn" title="Some events were missed">
            <p>The connection was away for longer than the server keeps them. What you see was read anew.</p>
            <Button onClick={forgetGap}>All right</Button>
          </Notice>
        ) : null}
        <Switch>
          {pages.map(({ path, page: Page }) => (
            <Route key={path} path={path}>
              <Page />
            </Route>
          ))}
          <Route>
            <Redirect to="/mesh/peers" replace />
          </Route>
        </Switch>
      </Shell>
    </MeshContext>
  );
}
