import { useEffect, useState } from "react";
import { Redirect, useLocation } from "wouter";
import { Button } from "../design/button.tsx";
import { Notice } from "../design/notice.tsx";
import { readAccess, saveAccess, type RemoteAccess } from "../remote/remote-access.ts";
import { PairByLink } from "./pair-by-link.tsx";
import classes from "./sign-in.module.css";
import { SignInFrame } from "./sign-in-frame.tsx";
import { SignInPage } from "./sign-in-page.tsx";
import { takeLink } from "./take-link.ts";
import { useProbe } from "./use-probe.ts";

/** Where the link of a code leads ([AUTH-6]). `code` was taken out of the address before anything else ran. */
export function PairPage({ code: given }: { code: string | undefined }) {
  const [code, setCode] = useState(given);
  const [, navigate] = useLocation();
  const [before] = useState(() => readAccess(localStorage));
  const [isReplacing, setReplacing] = useState(before === undefined);
  useEffect(() => {
    // A second link, opened in this very tab, changes nothing but the fragment.
    const taken = (): void => {
      const next = takeLink(location, history, sessionStorage);
      if (next !== undefined) setCode(next);
    };
    window.addEventListener("hashchange", taken);
    return () => window.removeEventListener("hashchange", taken);
  }, []);
  const enter = (access: RemoteAccess): void => {
    saveAccess(localStorage, access);
    navigate("/sessions", { replace: true });
  };
  if (code === undefined) {
    return before === undefined ? (
      <SignInPage isRefused={false} onAccess={enter} />
    ) : (
      <Redirect to="/sessions" replace />
    );
  }
  if (before !== undefined && !isReplacing) {
    return <KeepOrReplace access={before} onReplace={() => setReplacing(true)} />;
  }
  return <PairByLink key={code} code={code} onAccess={enter} />;
}

/** Only a key that works is worth a question. */
function KeepOrReplace({ access, onReplace }: { access: RemoteAccess; onReplace: () => void }) {
  const { result, again } = useProbe(access);
  const [, navigate] = useLocation();
  const isUseless = result === "key_refused" || (result === "closed" && access.apiKey === undefined);
  useEffect(() => {
    if (isUseless) onReplace();
  }, [isUseless, onReplace]);
  if (result === undefined || isUseless) {
    return (
      <SignInFrame title="Pair this browser">
        <Notice tone="loading" title="Looking whether this browser is signed in …" />
      </SignInFrame>
    );
  }
  const keep = (): void => navigate("/sessions", { replace: true });
  if (result === "unreachable") {
    return (
      <SignInFrame title="Pair this browser">
        <Notice tone="bad" title="The server did not answer">
          <p>This browser is paired already, as “{access.deviceName}”. The code was not used.</p>
        </Notice>
        <div className={classes["choices"]}>
          <Button look="primary" onClick={again}>
            Try again
          </Button>
          <Button onClick={keep}>Go on as it is</Button>
        </div>
      </SignInFrame>
    );
  }
  return (
    <SignInFrame
      title="This browser is signed in already"
      lead={`It is known to the server as “${access.deviceName}”, and that works. The code of the link was not used.`}
    >
      <div className={classes["choices"]}>
        <Button look="primary" onClick={keep}>
          Keep it
        </Button>
        <Button onClick={onReplace}>Pair it anew with the code</Button>
      </div>
    </SignInFrame>
  );
}
