import type { RemoteCommandNode } from "@parlatory/protocol/remote";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { use } from "react";
import { useLocation, useSearch } from "wouter";
import { places } from "../app/places.ts";
import { CommandRunsContext } from "../commands/runs/command-runs-context.ts";
import { lastProject } from "../commands/launcher/use-projects.ts";
import { setTheme, themes } from "../design/theme.ts";
import { RemoteContext } from "../remote/remote-context.ts";
import { remoteKeys } from "../remote/remote-keys.ts";
import { sessionListQuery } from "../sessions/use-session-list.ts";
import { useReadAloud } from "../voice/use-read-aloud.ts";
import type { PaletteChoice } from "./rank-choices.ts";
import { useMeshChoices } from "./use-mesh-choices.ts";

/** All that can be chosen from here. Without the remote (in the mesh) there are no sessions and commands. */
export function useChoices(): readonly PaletteChoice[] {
  const [, go] = useLocation();
  return [
    ...places.map(({ path, label }): PaletteChoice => ({
      id: `place ${path}`,
      kind: "Place",
      label,
      run: () => go(path),
    })),
    ...useActions(go),
    ...useOpenSessionActions(),
    ...useSessionChoices(go),
    ...useCommandChoices(go),
    ...useMeshChoices(go),
  ];
}

type Go = (path: string) => void;

function useActions(go: Go): PaletteChoice[] {
  const remote = use(RemoteContext);
  return [
    { id: "action new-session", kind: "Action", label: "New session", run: () => go("/sessions/new") },
    ...themes.map((theme): PaletteChoice => ({
      id: `action theme ${theme}`,
      kind: "Action",
      label: `Theme: ${theme}`,
      run: () => setTheme(theme),
    })),
    ...(remote === undefined
      ? []
      : [
          {
            id: "action sign-out",
            kind: "Action",
            label: "Sign out",
            detail: "forget this browser's key",
            run: remote.signOut,
          } satisfies PaletteChoice,
        ]),
  ];
}

/** What can be done with the session that is on the screen. */
function useOpenSessionActions(): PaletteChoice[] {
  const [address] = useLocation();
  const sessionId = /^\/sessions\/([\da-f-]{36})$/i.exec(address)?.[1]?.toLowerCase();
  const { isAvailable, isOn, set } = useReadAloud(sessionId ?? "");
  if (sessionId === undefined || !isAvailable) return [];
  return [
    {
      id: "action read-aloud",
      kind: "Action",
      label: isOn ? "Do not read answers aloud" : "Read answers aloud",
      detail: "of this session, on this device",
      run: () => set(!isOn),
    },
  ];
}

function useSessionChoices(go: Go): PaletteChoice[] {
  const remote = use(RemoteContext);
  const { data } = useQuery(sessionListQuery(remote?.client, useQueryClient()));
  return (data?.sessions ?? []).map(({ sessionId: id, name, workingDirectory }) => ({
    id: `session ${id}`,
    kind: "Session",
    label: name,
    detail: workingDirectory,
    run: () => go(`/sessions/${id}`),
  }));
}

function useCommandChoices(go: Go): PaletteChoice[] {
  const remote = use(RemoteContext);
  const runs = use(CommandRunsContext);
  const directory = new URLSearchParams(useSearch()).get("directory") ?? lastProject(localStorage);
  const { data } = useQuery({
    queryKey: remoteKeys.commands(directory ?? ""),
    queryFn: () => {
      if (remote === undefined || directory === undefined) throw new Error("there is no project");
      return remote.client.commands.available(directory);
    },
    enabled: remote !== undefined && directory !== undefined,
  });
  if (data === undefined || runs === undefined || directory === undefined) return [];
  return flatten([...data.project_commands, ...data.general_commands], "").map(({ id, label }) => ({
    id: `command ${id} ${directory}`,
    kind: "Command",
    label: `Run ${label}`,
    detail: `${id} ${directory}`,
    run: async () => {
      const run = await runs.start(id, directory);
      go(`/commands/${run.id}`);
    },
  }));
}

function flatten(nodes: readonly RemoteCommandNode[], around: string): { id: string; label: string }[] {
  return nodes.flatMap((node) => {
    const label = around === "" ? node.label : `${around} › ${node.label}`;
    return node.type === "group" ? flatten(node.children, label) : [{ id: node.id, label }];
  });
}
