import type { RemoteDeviceEntry } from "@parlatory/protocol/remote";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { remoteKeys } from "../remote/remote-keys.ts";
import { useRemote } from "../remote/remote-context.ts";

/** Asks before a device is signed out for good ([AUTH-7]). */
export function RevokeDialog({ device, onClose }: { device: RemoteDeviceEntry; onClose: () => void }) {
  const { client, signOut } = useRemote();
  const queries = useQueryClient();
  const isCurrent = device.is_current;
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.devices.revoke(device.device_id),
    onSuccess: () => {
      if (isCurrent) return signOut();
      onClose();
      return queries.invalidateQueries({ queryKey: remoteKeys.devices });
    },
  });
  return (
    <Dialog
      isOpen
      title={isCurrent ? "Revoke this device?" : `Revoke “${device.name}”?`}
      onClose={onClose}
      actions={
        <Button look="danger" disabled={isPending} onClick={() => mutate()}>
          {isPending ? "Revoking …" : "Revoke"}
        </Button>
      }
    >
      <p>
        {isCurrent
          ? "You are signed out here at once. To come back, this browser must be paired again."
          : "It is signed out at once, wherever it is, and its key never works again. It can be paired anew with a new code."}
      </p>
      {error === null ? null : <p role="alert">It was not revoked: {error.message}</p>}
    </Dialog>
  );
}
