import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "@parlatory/client";
import { App } from "./app/app.tsx";
import { takeInviteFromAddress } from "./mesh/invites/address-invite.ts";
import { OfflineContext } from "./offline/offline-context.ts";
import { openOfflineData } from "./offline/open-offline-data.ts";
import { takeLink } from "./pairing/take-link.ts";
import "./design/tokens.css";
import "./design/base.css";

takeInviteFromAddress(location, history);
const pairCode = takeLink(location, history, sessionStorage);
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
const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <OfflineContext value={openOfflineData(queries)}>
        <App pairCode={pairCode} />
      </OfflineContext>
    </QueryClientProvider>
  </StrictMode>,
);
