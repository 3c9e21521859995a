import { useEffect, useEffectEvent } from "react";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import type { RemoteAccess } from "../remote/remote-access.ts";
import { guessDeviceName } from "./device-name.ts";
import { KeyForm } from "./key-form.tsx";
import { newAccess } from "./new-access.ts";
import { PairForm } from "./pair-form.tsx";
import { SignInFrame } from "./sign-in-frame.tsx";
import { useProbe } from "./use-probe.ts";

/** `isRefused`: the key that was used is not valid any more. A server that asks for no key lets everybody in ([AUTH-9]). */
export function SignInPage(props: { isRefused: boolean; onAccess: (access: RemoteAccess) => void }) {
  const { isRefused, onAccess } = props;
  const { result, again } = useProbe();
  const enter = useEffectEvent(() => onAccess(newAccess(undefined, guessDeviceName(navigator))));
  useEffect(() => {
    if (result === "open") enter();
  }, [result]);
  return (
    <SignInFrame
      title="Pair this browser"
      lead={
        <>
          Run <code>parl pair</code> where the server is. Scan the picture it shows with this device’s camera, or type
          its code here.
        </>
      }
    >
      {isRefused ? (
        <Notice tone="bad" title="This browser was signed out">
          <p>Its key is not valid any more: the device was revoked, or the server has new keys. Pair it again.</p>
        </Notice>
      ) : null}
      {result === "unreachable" ? (
        <Notice tone="warn" title="The server does not answer">
          <p>
            Check the network of this device, and <code>parl status</code> where the server is.
          </p>
          <Button onClick={again}>Try again</Button>
        </Notice>
      ) : null}
      <PairForm onAccess={onAccess} />
      <KeyForm onAccess={onAccess} />
    </SignInFrame>
  );
}
