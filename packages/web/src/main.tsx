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
import { readAccess } from "./remote/remote-access.ts";
import { openRemoteSession } from "./remote/remote-session.ts";
import { takeLink } from "./pairing/take-link.ts";
import "./design/tokens.css";
import "./design/base.css";

const workerDelayMs = 3_000;
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
const offline = openOfflineData(queries, build);
// The mesh has a sign-in of its own, and pairing may give another key.
const access = /^\/(?:mesh|pair)(?:\/|$)/.test(location.pathname) ? undefined : readAccess(localStorage);
const early = new EarlySession(access === undefined ? undefined : openRemoteSession({ access, queries, offline }));
const worker = new AppWorker({
  container: "serviceWorker" in navigator ? navigator.serviceWorker : undefined,
  isSecure: isSecureContext,
  reload: () => location.reload(),
});
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <AppWorkerContext value={worker}>
        <OfflineContext value={offline}>
          <App pairCode={pairCode} early={early} />
        </OfflineContext>
      </AppWorkerContext>
    </QueryClientProvider>
  </StrictMode>,
);
// What the worker fetches to keep must not delay the first page: dozens of files beside its connection would.
const startWorker = (): void => void setTimeout(() => worker.start(), workerDelayMs);
if (document.readyState === "complete") startWorker();
else window.addEventListener("load", startWorker, { once: true });
