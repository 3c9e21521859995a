import { useRemoteEvent } from "../remote/use-remote-event.ts";
import { useRemote } from "../remote/remote-context.ts";
import { usePushDevice } from "./use-push-device.ts";

/** Tells the server anew where to send, with every connection: it may have forgotten, or this browser was paired anew ([PUSH-4]). */
export function useKeptPush(): void {
  const { client } = useRemote();
  const device = usePushDevice();
  useRemoteEvent("ready", ({ pushPublicKey }) => {
    if (pushPublicKey === undefined) return;
    void device
      .current(pushPublicKey)
      .then((address) => (address === undefined ? undefined : client.subscribePush(address)))
      // It is told with the next connection.
      .catch(() => undefined);
  });
}
