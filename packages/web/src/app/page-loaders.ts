import { placeOf } from "./places.ts";

/** The code of each page but the sessions, which most starts show first, fetched when it is first shown. */
export const pageLoaders = {
  newSession: () => import("../sessions/new-session-page.tsx"),
  session: () => import("../session/session-page.tsx"),
  approvals: () => import("../approvals/approvals-page.tsx"),
  commands: () => import("../commands/commands-page.tsx"),
  devices: () => import("../devices/devices-page.tsx"),
  settings: () => import("../settings/settings-page.tsx"),
  mesh: () => import("../mesh/mesh-app.tsx"),
  signIn: () => import("../pairing/sign-in-page.tsx"),
  pair: () => import("../pairing/pair-page.tsx"),
} as const;

/** Begins to fetch the page of an address, before anything is rendered that would ask for it. */
export function preloadPage(address: string): void {
  // Whoever shows it asks again, and tells of a failure.
  loaderOf(address)?.().catch(() => undefined);
}

function loaderOf(address: string): (() => Promise<unknown>) | undefined {
  switch (placeOf(address)) {
    case "/sessions":
      if (address === "/sessions/new") return pageLoaders.newSession;
      return /^\/sessions\/./.test(address) ? pageLoaders.session : undefined;
    case "/approvals":
      return pageLoaders.approvals;
    case "/commands":
      return pageLoaders.commands;
    case "/mesh":
      return pageLoaders.mesh;
    case "/settings":
      return pageLoaders.settings;
    default:
      return address === "/pair" ? pageLoaders.pair : undefined;
  }
}
