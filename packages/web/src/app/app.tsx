import { lazy } from "react";
import { Route, Switch } from "wouter";
import type { EarlySession } from "../remote/early-session.ts";
import { pageLoaders } from "./page-loaders.ts";
import { RemoteApp } from "./remote-app.tsx";
import { Waiting } from "./waiting.tsx";

const MeshApp = lazy(async () => ({ default: (await pageLoaders.mesh()).MeshApp }));
const PairPage = lazy(async () => ({ default: (await pageLoaders.pair()).PairPage }));

/** Which half of the app an address belongs to: the mesh has its own sign-in, everything else is the remote. */
export function App({ pairCode, early }: { pairCode: string | undefined; early: EarlySession }) {
  return (
    <Waiting>
      <Switch>
        <Route path="/mesh/*?">
          <MeshApp />
        </Route>
        <Route path="/pair">
          <PairPage code={pairCode} />
        </Route>
        <Route>
          <RemoteApp early={early} />
        </Route>
      </Switch>
    </Waiting>
  );
}
