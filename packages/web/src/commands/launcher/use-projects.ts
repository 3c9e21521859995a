import { useQuery } from "@tanstack/react-query";
import { useRemote } from "../../remote/remote-context.ts";
import { remoteKeys } from "../../remote/remote-keys.ts";

const storageKey = "parlatory.commands.project";
const MAX_SESSIONS = 200;

/** Folders that sessions live in, the one used last first. */
export function useProjects(): { readonly projects: readonly string[]; readonly isPending: boolean } {
  const { client } = useRemote();
  const { data, isPending } = useQuery({
    queryKey: [...remoteKeys.lists, "projects"],
    queryFn: async () => {
      const { sessions } = await client.sessions.list({ limit: MAX_SESSIONS });
      return [...new Set(sessions.map(({ working_directory: directory }) => directory))].filter((path) => path !== "");
    },
  });
  return { projects: data ?? [], isPending };
}

export function lastProject(storage: Storage): string | undefined {
  return storage.getItem(storageKey) ?? undefined;
}

export function rememberProject(storage: Storage, directory: string): void {
  storage.setItem(storageKey, directory);
}
