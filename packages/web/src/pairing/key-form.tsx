import { useState, type FormEvent } from "react";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import type { RemoteAccess } from "../remote/remote-access.ts";
import { guessDeviceName } from "./device-name.ts";
import { newAccess } from "./new-access.ts";
import classes from "./sign-in.module.css";

/** 32 bytes in base64url ([AUTH-1]). */
const keyPattern = /^[\w-]{43}$/;

/** Takes the main key, folded away: it opens everything and cannot be revoked for one browser alone. */
export function KeyForm({ onAccess }: { onAccess: (access: RemoteAccess) => void }) {
  const [key, setKey] = useState("");
  const [isTried, setTried] = useState(false);
  const isKey = keyPattern.test(key.trim());
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (isKey) onAccess(newAccess(key.trim(), guessDeviceName(navigator)));
  };
  return (
    <details className={classes["other"]}>
      <summary>Use the main key instead</summary>
      <form className={classes["form"]} onSubmit={submit}>
        <Field
          label="Main key"
          hint="The line in ~/.parlatory/remote-key at the server. Pairing is better: a paired device can be revoked alone."
          problem={isTried && !isKey ? "A key has 43 characters: letters, digits, - and _." : undefined}
        >
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        <Button type="submit" disabled={key.trim() === ""}>
          Sign in
        </Button>
      </form>
    </details>
  );
}
