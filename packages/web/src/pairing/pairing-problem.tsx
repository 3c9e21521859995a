import { Notice } from "../design/notice.tsx";
import type { PairOutcome } from "./pair-device.ts";

/** Why a browser was not paired, and what to do about it. */
export function PairingProblem({ outcome }: { outcome: Exclude<PairOutcome, { kind: "paired" }> }) {
  switch (outcome.kind) {
    case "invalid":
      return (
        <Notice tone="bad" title="This code is not valid">
          <p>
            It was used, has expired, or has a typing mistake. A code works once and for ten minutes. Make a new one
            where the server runs: <code>parl pair</code>
          </p>
        </Notice>
      );
    case "wait":
      return (
        <Notice tone="bad" title="Too many wrong tries">
          <p>
            The server takes no code for {outcome.seconds} s, and codes made so far are void. Then make a new one:{" "}
            <code>parl pair</code>
          </p>
        </Notice>
      );
    case "unreachable":
      return (
        <Notice tone="bad" title="The server did not answer">
          <p>
            Check that this device has a network and that the server runs: <code>parl status</code>. The code was not
            used.
          </p>
        </Notice>
      );
    case "failed":
      return (
        <Notice tone="bad" title="This browser was not paired">
          <p>{outcome.message}</p>
        </Notice>
      );
  }
}
