import type { RemoteDeviceEntry } from "@parlatory/protocol/remote";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useState } from "react";
import { Button } from "../design/button.tsx";
import { CopyButton } from "../design/copy-button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Notice } from "../design/notice.tsx";
import { TimeLeft } from "../design/time-left.tsx";
import { remoteKeys } from "../remote/remote-keys.ts";
import { useNow } from "../remote/use-now.ts";
import { useRemote } from "../remote/remote-context.ts";
import classes from "./devices.module.css";
import { isLoopback } from "./is-loopback.ts";
import { ScanCode } from "./scan-code.tsx";

const lookMs = 2_000;

/** Lets another device in: a picture to scan, or a code to type, for ten minutes and once ([AUTH-6]). */
export function PairDialog({ known, onClose }: { known: readonly RemoteDeviceEntry[]; onClose: () => void }) {
  const { client } = useRemote();
  const [before] = useState(() => new Set(known.map(({ device_id: id }) => id)));
  const {
    mutate: make,
    data: made,
    error,
    isPending,
  } = useMutation({ mutationFn: () => client.devices.createPairCode() });
  const start = useEffectEvent(() => make());
  useEffect(() => start(), []);
  // The server tells nobody when a code is used.
  const { data: devices } = useQuery({
    queryKey: remoteKeys.devices,
    queryFn: () => client.devices.list(),
    refetchInterval: lookMs,
  });
  const joined = devices?.find(({ device_id: id }) => !before.has(id));
  return (
    <Dialog
      isOpen
      title={joined === undefined ? "Pair another device" : "Paired"}
      onClose={onClose}
      closeLabel={joined === undefined ? "Close" : "Done"}
      actions={null}
    >
      {joined !== undefined ? (
        <p role="status">“{joined.name}” is signed in now. The code is used up.</p>
      ) : error !== null ? (
        <Notice tone="bad" title="No code could be made">
          <p>{error.message}</p>
          <Button onClick={() => make()}>Try again</Button>
        </Notice>
      ) : made === undefined || isPending ? (
        <Notice tone="loading" title="Making a code …" />
      ) : (
        <PairCodeView
          code={made.code}
          link={made.url ?? `${location.origin}/pair#${made.code}`}
          expiresAt={made.expiresAt}
          onRenew={() => make()}
        />
      )}
    </Dialog>
  );
}

function PairCodeView(props: { code: string; link: string; expiresAt: string; onRenew: () => void }) {
  const { code, link, expiresAt, onRenew } = props;
  const isOver = useNow(1_000) >= Date.parse(expiresAt);
  if (isOver) {
    return (
      <Notice tone="warn" title="This code has expired">
        <Button look="primary" onClick={onRenew}>
          Make a new code
        </Button>
      </Notice>
    );
  }
  return (
    <div className={classes["pairing"]}>
      <ScanCode text={link} label="Picture of the link, to be scanned with the other device’s camera" />
      <div className={classes["typed"]}>
        <p>Scan this with the other device’s camera, or open this app there and type:</p>
        <p className={classes["code"]}>{code}</p>
        <p className={classes["soft"]}>
          Works once. <TimeLeft until={expiresAt} />.
        </p>
        <code className={classes["link"]}>{link}</code>
        <div className={classes["copies"]}>
          <CopyButton text={link} sign="Copy link" what="for pairing" />
        </div>
        {isLoopback(link) ? (
          <p className={classes["warning"]}>
            This address is known to this machine only. Open the app by an address that the other device reaches, or
            start the server with one: <code>parl up --help</code>
          </p>
        ) : null}
      </div>
    </div>
  );
}
