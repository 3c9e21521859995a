import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useConnection } from "../remote/use-connection.ts";
import { useRemote } from "../remote/remote-context.ts";
import type { PushObstacle } from "./push-device.ts";
import { usePushDevice } from "./use-push-device.ts";

export type PushState = PushObstacle | "unknown" | "offline" | "no_server_key" | "off" | "on";

const queryKey = ["push"] as const;

/** Whether this browser is told of what happens while the app is closed, and how to change that ([PUSH-1]). */
export function usePush(): {
  readonly state: PushState;
  readonly isChanging: boolean;
  readonly problem: string | undefined;
  readonly turn: (on: boolean) => void;
} {
  const { client } = useRemote();
  const device = usePushDevice();
  const queries = useQueryClient();
  const connection = useConnection();
  const serverKey = connection.name === "ready" ? connection.info.pushPublicKey : undefined;
  const { data } = useQuery({
    queryKey: [...queryKey, serverKey ?? null],
    staleTime: 0,
    queryFn: async (): Promise<PushObstacle | "off" | "on"> => {
      const obstacle = await device.obstacle();
      if (obstacle !== undefined) return obstacle;
      return serverKey !== undefined && (await device.current(serverKey)) !== undefined ? "on" : "off";
    },
  });
  const change = useMutation({
    mutationFn: async (on: boolean) => {
      if (!on) {
        // The server first: what this browser forgot alone would be sent into nowhere.
        await client.unsubscribePush();
        await device.unsubscribe();
        return;
      }
      if (serverKey === undefined) return;
      const address = await device.subscribe(serverKey);
      if (address !== undefined) await client.subscribePush(address);
    },
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
  return {
    state: stateOf(data, connection.name === "ready", serverKey),
    isChanging: change.isPending,
    problem: change.error === null ? undefined : change.error.message,
    turn: (on) => change.mutate(on),
  };
}

function stateOf(
  data: PushObstacle | "off" | "on" | undefined,
  isOnline: boolean,
  serverKey: string | undefined,
): PushState {
  if (data === undefined) return "unknown";
  if (data !== "off" && data !== "on") return data;
  if (!isOnline) return "offline";
  return serverKey === undefined ? "no_server_key" : data;
}
