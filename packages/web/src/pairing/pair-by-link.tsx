import { fetchHttp } from "@parlatory/client";
import { useEffect, useEffectEvent, useState } from "react";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import type { RemoteAccess } from "../remote/remote-access.ts";
import { guessDeviceName } from "./device-name.ts";
import { newAccess } from "./new-access.ts";
import { pairDevice, type PairOutcome } from "./pair-device.ts";
import { PairForm } from "./pair-form.tsx";
import { PairingProblem } from "./pairing-problem.tsx";
import { SignInFrame } from "./sign-in-frame.tsx";

/** Codes that were given away already: a component may be mounted twice, a code works once. */
const underWay = new Map<string, Promise<PairOutcome>>();

/** Pairs with the code of a link at once: opening it was the decision. */
export function PairByLink({ code, onAccess }: { code: string; onAccess: (access: RemoteAccess) => void }) {
  const [outcome, setOutcome] = useState<PairOutcome>();
  const [attempt, setAttempt] = useState(1);
  const paired = useEffectEvent((apiKey: string, name: string) => onAccess(newAccess(apiKey, name)));
  useEffect(() => {
    let isShown = true;
    void pairOnce(code).then((result) => {
      if (!isShown) return;
      if (result.kind === "paired") paired(result.apiKey, result.deviceName);
      else setOutcome(result);
    });
    return () => {
      isShown = false;
    };
  }, [code, attempt]);
  if (outcome === undefined || outcome.kind === "paired") {
    return (
      <SignInFrame title="Pair this browser">
        <Notice tone="loading" title="Pairing …" />
      </SignInFrame>
    );
  }
  const again = (): void => {
    underWay.delete(code);
    setOutcome(undefined);
    setAttempt(attempt + 1);
  };
  return (
    <SignInFrame title="Pair this browser">
      {outcome.kind === "invalid" ? (
        <PairForm onAccess={onAccess} before={outcome} />
      ) : (
        <>
          <PairingProblem outcome={outcome} />
          <Button look="primary" onClick={again}>
            Try again
          </Button>
        </>
      )}
    </SignInFrame>
  );
}

function pairOnce(code: string): Promise<PairOutcome> {
  const known = underWay.get(code);
  if (known !== undefined) return known;
  const pairing = pairDevice(fetchHttp, location.origin, { code, deviceName: guessDeviceName(navigator) }).catch(
    (error: unknown): PairOutcome => ({
      kind: "failed",
      message: error instanceof Error ? error.message : String(error),
    }),
  );
  underWay.set(code, pairing);
  return pairing;
}
