import { useSyncExternalStore } from "react";
import { useRemote } from "../remote/remote-context.ts";
import { promptDeskOf, type PromptDesk } from "./prompt-desk.ts";

/** The desk of the app's client; the component is shown anew whenever something on it changes. */
export function usePromptDesk(): PromptDesk {
  const { client } = useRemote();
  const desk = promptDeskOf(client);
  useSyncExternalStore(
    (notify) => desk.subscribe(notify),
    () => desk.version,
  );
  return desk;
}
