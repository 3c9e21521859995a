import type { RemoteDeviceEntry } from "@parlatory/protocol/remote";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Ago } from "../design/ago.tsx";
import { Answer } from "../design/answer.tsx";
import { Badge } from "../design/badge.tsx";
import { Button } from "../design/button.tsx";
import { Card, CardList, Soft } from "../design/card.tsx";
import { Notice } from "../design/notice.tsx";
import { PageHead } from "../design/page-head.tsx";
import { remoteKeys } from "../remote/remote-keys.ts";
import { useIsOnline } from "../remote/use-connection.ts";
import { useRemote } from "../remote/remote-context.ts";
import { PairDialog } from "./pair-dialog.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";

/** Who may connect, and letting in or signing out a device ([AUTH-6], [AUTH-7]). */
export function DevicesPage() {
  const { client } = useRemote();
  const isOnline = useIsOnline();
  const query = useQuery({
    queryKey: remoteKeys.devices,
    queryFn: () => client.devices.list(),
    refetchOnMount: "always",
  });
  const [isPairing, setPairing] = useState(false);
  const [revoked, setRevoked] = useState<RemoteDeviceEntry>();
  return (
    <>
      <PageHead title="Devices">
        <Button look="primary" disabled={!isOnline} onClick={() => setPairing(true)}>
          Pair another device
        </Button>
      </PageHead>
      <Answer query={query} what="the devices">
        {(devices) =>
          devices.length === 0 ? (
            <Notice tone="empty" title="No paired devices">
              <p>
                This browser uses the main key. Pair your phone with the button above, and it gets a key of its own that
                can be revoked alone.
              </p>
            </Notice>
          ) : (
            <>
              <CardList grid label="Paired devices">
                {inOrder(devices).map((device) => (
                  <DeviceCard
                    key={device.device_id}
                    device={device}
                    isOnline={isOnline}
                    onRevoke={() => setRevoked(device)}
                  />
                ))}
              </CardList>
              {devices.some(({ is_current: isCurrent }) => isCurrent) ? null : (
                <Soft>This browser uses the main key, which is not listed and cannot be revoked here.</Soft>
              )}
            </>
          )
        }
      </Answer>
      {isPairing ? <PairDialog known={query.data ?? []} onClose={() => setPairing(false)} /> : null}
      {revoked === undefined ? null : <RevokeDialog device={revoked} onClose={() => setRevoked(undefined)} />}
    </>
  );
}

function DeviceCard(props: { device: RemoteDeviceEntry; isOnline: boolean; onRevoke: () => void }) {
  const { device, isOnline, onRevoke } = props;
  return (
    <Card
      title={device.name}
      badges={device.is_current ? <Badge tone="accent">this device</Badge> : undefined}
      actions={
        <Button look="danger" disabled={!isOnline} aria-label={`Revoke ${device.name}`} onClick={onRevoke}>
          Revoke
        </Button>
      }
    >
      <Soft>
        {device.is_current ? (
          "Here now"
        ) : (
          <>
            Last seen <Ago at={device.last_seen_at} />
          </>
        )}
        {device.last_address === null ? "" : `, from ${device.last_address}`}. Paired <Ago at={device.paired_at} />.
      </Soft>
    </Card>
  );
}

/** This one first, then the one that was seen last. */
function inOrder(devices: readonly RemoteDeviceEntry[]): readonly RemoteDeviceEntry[] {
  return devices.toSorted(
    (a, b) => Number(b.is_current) - Number(a.is_current) || b.last_seen_at.localeCompare(a.last_seen_at),
  );
}
