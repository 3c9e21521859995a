import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "@parlatory/client";
import { App } from "./app/app.tsx";
import { preloadPage } from "./app/page-loaders.ts";
import { takeInviteFromAddress } from "./mesh/invites/address-invite.ts";
import { applyDensity } from "./design/density.ts";
import { applyTheme } from "./design/theme.ts";
import { OfflineContext } from "./offline/offline-context.ts";
import { openOfflineData } from "./offline/open-offline-data.ts";
import { AppWorkerContext } from "./offline/app-worker-context.ts";
import { AppWorker } from "./offline/app-worker.ts";
import { installOffer } from "./offline/install-offer.ts";
import { reloadForMissingFiles } from "./offline/reload-for-missing-files.ts";
import { EarlySession } from "./remote/early-session.ts";
import { hasRemote, readAccess } from "./remote/remote-access.ts";
import { openRemoteSession } from "./remote/remote-session.ts";
import { takeLink } from "./pairing/take-link.ts";
import "./design/tokens.css";
import "./design/base.css";

const workerDelayMs = 3_000;
/** So long the first page may wait for the list that comes with the connection. */
const firstListMs = 150;
const keepingDelayMs = 500;
preloadPage(location.pathname);
takeInviteFromAddress(location, history);
const pairCode = takeLink(location, history, sessionStorage);
applyTheme();
applyDensity();
installOffer.listen(window);
// The name of the app's first file holds a hash of all it consists of.
const build = document.querySelector<HTMLScriptElement>("script[type=module][src]")?.src ?? location.href;
reloadForMissingFiles(window, build);
const queries = new QueryClient({
  defaultOptions: {
    mutations: { networkMode: "always" },
    queries: {
      // The server may be on this very machine, so being offline says nothing.
      networkMode: "always",
      // Events say when something is out of date; asking again by itself would only cost.
      staleTime: Infinity,
      retry: (failures, error) => failures < 3 && !(error instanceof ApiError && error.status < 500),
    },
  },
});
const { promise: mayKeep, resolve: startKeeping } = Promise.withResolvers<void>();
const offline = openOfflineData({ queries, build, after: mayKeep });
const access = hasRemote(location.pathname) ? readAccess(localStorage) : undefined;
const early = new EarlySession(access === undefined ? undefined : openRemoteSession({ access, queries, offline }));
const worker = new AppWorker({
  container: "serviceWorker" in navigator ? navigator.serviceWorker : undefined,
  isSecure: isSecureContext,
  reload: () => location.reload(),
});
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the app");
const page = (
  <StrictMode>
    <QueryClientProvider client={queries}>
      <AppWorkerContext value={worker}>
        <OfflineContext value={offline}>
          <App pairCode={pairCode} early={early} />
        </OfflineContext>
      </AppWorkerContext>
    </QueryClientProvider>
  </StrictMode>
);
const place = createRoot(root);
// What is on its way is shown at once: a page that is drawn before it came would soon be drawn again.
void early.arrived(firstListMs).then((isThere) => {
  place.render(page);
  // What was kept is needed at once where nothing comes from the server, else only later.
  setTimeout(startKeeping, isThere ? keepingDelayMs : 0);
});
// What the worker fetches to keep must not delay the first page: dozens of files beside its connection would.
const startWorker = (): void => void setTimeout(() => worker.start(), workerDelayMs);
if (document.readyState === "complete") startWorker();
else window.addEventListener("load", startWorker, { once: true });
