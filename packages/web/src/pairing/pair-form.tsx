import { fetchHttp } from "@parlatory/client";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import type { RemoteAccess } from "../remote/remote-access.ts";
import { guessDeviceName } from "./device-name.ts";
import { newAccess } from "./new-access.ts";
import { formatPairCode, isWholePairCode } from "./pair-code.ts";
import { pairDevice, type PairOutcome } from "./pair-device.ts";
import { PairingProblem } from "./pairing-problem.tsx";
import classes from "./sign-in.module.css";

const maxNameLength = 64;

/** Takes a code that somebody reads off another screen. `before`: how an earlier try with another code ended. */
export function PairForm(props: { onAccess: (access: RemoteAccess) => void; before?: PairOutcome | undefined }) {
  const { onAccess, before } = props;
  const [code, setCode] = useState("");
  const [deviceName, setDeviceName] = useState(() => guessDeviceName(navigator));
  const pairing = useMutation({
    mutationFn: () => pairDevice(fetchHttp, location.origin, { code, deviceName: deviceName.trim() }),
    onSuccess: (outcome) => {
      if (outcome.kind === "paired") onAccess(newAccess(outcome.apiKey, outcome.deviceName));
    },
  });
  const outcome = pairing.error === null ? (pairing.data ?? before) : toFailure(pairing.error);
  const isWhole = isWholePairCode(code);
  const problem = code.includes("U") ? "No code has a U in it. Look again: it may be a V." : undefined;
  const isComplete = isWhole && deviceName.trim() !== "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isComplete && !pairing.isPending) pairing.mutate();
  };
  return (
    <form className={classes["form"]} onSubmit={submit}>
      <Field label="Code" hint="Eight characters, as in K7QD-2M9X." problem={problem}>
        <input
          className={classes["code"]}
          autoComplete="one-time-code"
          autoCapitalize="characters"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="go"
          placeholder="XXXX-XXXX"
          value={code}
          onChange={(event) => {
            pairing.reset();
            setCode(formatPairCode(event.target.value));
          }}
        />
      </Field>
      <Field label="Name of this device" hint="Shown in the list of devices, where each can be signed out.">
        <input
          autoComplete="off"
          maxLength={maxNameLength}
          value={deviceName}
          onChange={(event) => setDeviceName(event.target.value)}
        />
      </Field>
      {outcome === undefined || outcome.kind === "paired" ? null : <PairingProblem outcome={outcome} />}
      <Button type="submit" look="primary" disabled={!isComplete || pairing.isPending}>
        {pairing.isPending ? "Pairing …" : "Pair this browser"}
      </Button>
    </form>
  );
}

function toFailure({ message }: Error): PairOutcome {
  return { kind: "failed", message };
}
