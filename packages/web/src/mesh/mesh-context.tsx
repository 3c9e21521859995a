import type { ApiClient } from "@parlatory/client";
import type { MeshBody } from "@parlatory/protocol";
import { createContext, use } from "react";
import type { RouteMemory } from "./map/route-memory.ts";
import type { FeedState } from "./events/event-feed.ts";

/** The mesh that is shown, and how it is reached. */
export interface MeshView {
  readonly api: ApiClient;
  readonly mesh: MeshBody;
  readonly feed: FeedState;
  /** Who talked to whom since the dashboard was opened. */
  readonly routes: RouteMemory;
}

export const MeshContext = createContext<MeshView | undefined>(undefined);

export function useMesh(): MeshView {
  const view = use(MeshContext);
  if (view === undefined) throw new Error("a page of the mesh was shown outside of it");
  return view;
}
