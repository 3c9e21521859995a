import { useQueryClient } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { Redirect, Route, Switch, useLocation, useRoute } from "wouter";
import { CommandRunsProvider } from "../commands/runs/command-runs-provider.tsx";
import { useWatchedRuns } from "../commands/runs/command-runs-context.ts";
import { Badge } from "../design/badge.tsx";
import { Notice } from "../design/notice.tsx";
import { Shell } from "../design/shell.tsx";
import { ThemeSwitch } from "../design/theme-switch.tsx";
import { AppBanner } from "../offline/app-banner.tsx";
import { saveLastLive } from "../offline/last-live.ts";
import { useOffline } from "../offline/offline-context.ts";
import { PaletteHost } from "../palette/palette-host.tsx";
import { useAppBadge } from "../offline/use-app-badge.ts";
import { useNotifiedPlace } from "../offline/use-notified-place.ts";
import { useKeptPush } from "../push/use-kept-push.ts";
import { ConnectionBadge } from "../remote/connection-badge.tsx";
import type { EarlySession } from "../remote/early-session.ts";
import { readAccess, saveAccess, type RemoteAccess } from "../remote/remote-access.ts";
import { remoteKeys } from "../remote/remote-keys.ts";
import { RemoteProvider } from "../remote/remote-provider.tsx";
import { usePermissions } from "../remote/use-permissions.ts";
import { SessionsPage } from "../sessions/sessions-page.tsx";
import { PageBoundary } from "./page-boundary.tsx";
import { pageLoaders } from "./page-loaders.ts";
import { placeOf, places } from "./places.ts";
import { Waiting } from "./waiting.tsx";

const SignInPage = lazy(async () => ({ default: (await pageLoaders.signIn()).SignInPage }));
const NewSessionPage = lazy(async () => ({ default: (await pageLoaders.newSession()).NewSessionPage }));
const SessionPage = lazy(async () => ({ default: (await pageLoaders.session()).SessionPage }));
const ApprovalsPage = lazy(async () => ({ default: (await pageLoaders.approvals()).ApprovalsPage }));
const CommandsPage = lazy(async () => ({ default: (await pageLoaders.commands()).CommandsPage }));
const DevicesPage = lazy(async () => ({ default: (await pageLoaders.devices()).DevicesPage }));
const SettingsPage = lazy(async () => ({ default: (await pageLoaders.settings()).SettingsPage }));

/** The remote from the sign-in on. Without a key nothing is connected; a key that is refused is asked for again. */
export function RemoteApp({ early }: { early: EarlySession }) {
  const [access, setAccess] = useState(() => readAccess(localStorage));
  const [isRefused, setRefused] = useState(false);
  const offline = useOffline();
  const queries = useQueryClient();
  const change = (next: RemoteAccess | undefined, refused: boolean): void => {
    // What was given up by hand needs no words.
    if (refused && readAccess(localStorage) === undefined) return;
    if (next === undefined) {
      // What was read with a key is gone with it; after a refusal prompts that were not sent stay, and go
      // out only when whoever signs in next says so.
      queries.removeQueries({ queryKey: remoteKeys.all });
      saveLastLive(localStorage, undefined);
      void offline.leave({ prompts: !refused }).catch(() => undefined);
    }
    saveAccess(localStorage, next);
    setAccess(next);
    setRefused(refused);
  };
  if (access === undefined) return <SignInPage isRefused={isRefused} onAccess={(next) => change(next, false)} />;
  return (
    <RemoteProvider
      key={access.apiKey ?? ""}
      access={access}
      early={early}
      onRefused={() => change(undefined, true)}
      onSignOut={() => change(undefined, false)}
    >
      <CommandRunsProvider>
        <RemotePages />
      </CommandRunsProvider>
    </RemoteProvider>
  );
}

function RemotePages() {
  const [address] = useLocation();
  const [isSession, session] = useRoute("/sessions/:id");
  const [isRun, commands] = useRoute("/commands/:run?");
  const waiting = usePermissions().length;
  const running = useWatchedRuns().filter(({ state }) => state.name === "running").length;
  useAppBadge(waiting);
  useNotifiedPlace();
  useKeptPush();
  return (
    <Shell
      header={
        <>
          <ConnectionBadge />
          <PaletteHost />
          <ThemeSwitch />
          <AppBanner />
        </>
      }
      entries={places}
      current={placeOf(address)}
      isFilled={(isSession && session.id !== "new") || (isRun && commands.run !== undefined)}
      marks={{
        "/approvals": waiting === 0 ? null : <Badge tone="warn">{waiting}</Badge>,
        "/commands": running === 0 ? null : <Badge tone="accent">{running}</Badge>,
      }}
    >
      <PageBoundary place={address}>
        <Waiting>
          <Switch>
            <Route path="/sessions">
              <SessionsPage />
            </Route>
            <Route path="/sessions/new">
              <NewSessionPage />
            </Route>
            <Route path="/sessions/:id">{({ id }) => <SessionPage key={id} sessionId={id.toLowerCase()} />}</Route>
            <Route path="/approvals">
              <ApprovalsPage />
            </Route>
            <Route path="/commands/:run?">{({ run }) => <CommandsPage run={run} />}</Route>
            <Route path="/devices">
              <DevicesPage />
            </Route>
            <Route path="/settings">
              <SettingsPage />
            </Route>
            <Route path="/">
              <Redirect to="/sessions" replace />
            </Route>
            <Route>
              <Notice tone="empty" title="There is no such page" />
            </Route>
          </Switch>
        </Waiting>
      </PageBoundary>
    </Shell>
  );
}
