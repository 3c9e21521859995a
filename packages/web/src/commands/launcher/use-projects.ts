import { useSessionList } from "../../sessions/use-session-list.ts";

const storageKey = "parlatory.commands.project";

/** Folders that sessions live in, the one used last first. */
export function useProjects(): { readonly projects: readonly string[]; readonly isPending: boolean } {
  const { sessions, isLoading } = useSessionList();
  const directories = new Set(sessions?.map(({ workingDirectory }) => workingDirectory));
  return { projects: [...directories].filter((path) => path !== ""), isPending: isLoading };
}

export function lastProject(storage: Storage): string | undefined {
  return storage.getItem(storageKey) ?? undefined;
}

export function rememberProject(storage: Storage, directory: string): void {
  storage.setItem(storageKey, directory);
}
