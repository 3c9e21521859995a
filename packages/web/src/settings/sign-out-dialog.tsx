import { useMutation } from "@tanstack/react-query";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { usePushDevice } from "../push/use-push-device.ts";
import { useConnection } from "../remote/use-connection.ts";
import { useRemote } from "../remote/remote-context.ts";
import { useRemoteValue } from "../remote/use-remote-value.ts";

/** Forgets the key of this browser, and offers to make it worthless too. */
export function SignOutDialog({ onClose }: { onClose: () => void }) {
  const { client, signOut } = useRemote();
  const push = usePushDevice();
  const connection = useConnection();
  const unsent = useRemoteValue(
    ["prompts"],
    ({ prompts }) => prompts.filter(({ state }) => state === "waiting").length,
  );
  const deviceId = connection.name === "ready" ? connection.info.deviceId : undefined;
  const isPaired = deviceId?.startsWith("dev-") === true;
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (isRevoking: boolean) => {
      await push.unsubscribe().catch(() => undefined);
      if (isRevoking && deviceId !== undefined) await client.devices.revoke(deviceId);
      signOut();
    },
  });
  return (
    <Dialog
      isOpen
      title="Sign out of this browser?"
      onClose={onClose}
      actions={
        <>
          <Button disabled={isPending} onClick={() => mutate(false)}>
            Sign out
          </Button>
          {isPaired ? (
            <Button look="danger" disabled={isPending} onClick={() => mutate(true)}>
              Sign out and revoke
            </Button>
          ) : null}
        </>
      }
    >
      <p>
        Its key and everything it keeps for the time without a connection are removed here.
        {isPaired
          ? " Revoke the device too if you do not come back: then its key is worthless, whoever has a copy."
          : connection.name === "ready"
            ? " This browser uses the main key, which stays valid."
            : " To revoke the device too, wait for the connection, or use parl devices where the server is."}
      </p>
      {unsent === 0 ? null : (
        <p role="status">
          {unsent === 1 ? "A prompt that was not sent yet is" : `${unsent} prompts that were not sent yet are`} lost.
        </p>
      )}
      {error === null ? null : <p role="alert">The device was not revoked: {error.message}</p>}
    </Dialog>
  );
}
