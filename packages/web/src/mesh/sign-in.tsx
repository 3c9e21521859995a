import { useState, type FormEvent } from "react";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import { Notice } from "../design/notice.tsx";
import classes from "./sign-in.module.css";

/** Asks for a token. `refused`: the one that was given is not valid any more. */
export function SignIn({ refused, onToken }: { refused: boolean; onToken: (token: string) => void }) {
  const [token, setToken] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (token.trim() !== "") onToken(token);
  };
  return (
    <main className={classes["page"]}>
      <h1>Parlatory mesh</h1>
      {refused ? (
        <Notice tone="bad" title="That token is not valid">
          <p>It was revoked, has expired, or is of another server.</p>
        </Notice>
      ) : null}
      <form className={classes["form"]} onSubmit={submit}>
        <Field
          label="Token"
          hint="Run parl status --dashboard where the server is: its link signs you in by itself. It stays in this tab."
        >
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={(event) => setToken(event.target.value)}
          />
        </Field>
        <Button type="submit" look="primary" disabled={token.trim() === ""}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
