import type { RemoteClient } from "@parlatory/client";
import { createContext, use } from "react";
import type { EarlierPrompts } from "../offline/prompts/earlier-prompts.ts";
import type { RemoteAccess } from "./remote-access.ts";

export interface RemoteView {
  readonly client: RemoteClient;
  readonly access: RemoteAccess;
  /** Prompts that an earlier sign-in of this browser left unsent. */
  readonly earlier: EarlierPrompts;
  /** Forgets the key of this browser; the device stays paired until it is revoked. */
  readonly signOut: () => void;
}

export const RemoteContext = createContext<RemoteView | undefined>(undefined);

export function useRemote(): RemoteView {
  const view = use(RemoteContext);
  if (view === undefined) throw new Error("a page of the remote was shown outside of it");
  return view;
}
