import { parseInviteLink, parseInviteToken, type Invite } from "@parlatory/protocol";
import { lazy, Suspense, useEffect, useState } from "react";
import { Button } from "../../design/button.tsx";
import { CopyButton } from "../../design/copy-button.tsx";
import { Field } from "../../design/field.tsx";
import { takeShownInvite } from "./address-invite.ts";
import classes from "./invite-links.module.css";

const QrCode = lazy(async () => ({ default: (await import("./qr-code.tsx")).QrCode }));

/** How an invite is made, and one that was made as text and as a code to be scanned ([DASH-6]). */
export function InviteLinks({ slug }: { slug: string }) {
  const command = `parl invite create --mesh ${slug}`;
  const [pasted, setPasted] = useState("");
  const [shown, setShown] = useState<string>();
  useEffect(() => {
    const fromAddress = takeShownInvite();
    if (fromAddress !== undefined) setShown(fromAddress);
  }, []);
  const wanted = pasted.trim();
  const problem = wanted === "" || readInvite(wanted) !== undefined ? undefined : "This is no invite link.";
  return (
    <section className={classes["section"]} aria-label="Invite somebody">
      <p>
        Invites are made where the owner&apos;s key is, because the server does not have it. Run this there; it prints
        the link:
      </p>
      <div className={classes["command"]}>
        <code>{command}</code>
        <CopyButton text={command} sign="Copy" what="the command" />
      </div>
      {shown === undefined ? (
        <Field label="Show a link as a code" hint="The link stays in this page: it is sent nowhere." problem={problem}>
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://…/join/…"
            value={pasted}
            onChange={(event) => {
              setPasted(event.target.value);
              const link = event.target.value.trim();
              if (readInvite(link) === undefined) return;
              setShown(link);
              setPasted("");
            }}
          />
        </Field>
      ) : (
        <ShownInvite link={shown} onHide={() => setShown(undefined)} />
      )}
    </section>
  );
}

function ShownInvite({ link, onHide }: { link: string; onHide: () => void }) {
  const invite = readInvite(link);
  return (
    <div className={classes["shown"]}>
      {invite === undefined ? (
        <p role="alert">The link in the address is no invite link. Copy it whole from the terminal.</p>
      ) : (
        <>
          <div className={classes["code"]}>
            <Suspense fallback={null}>
              <QrCode text={link} label="The invite link as a code to be scanned" />
            </Suspense>
          </div>
          <div className={classes["about"]}>
            <p>
              Whoever has this link can join <strong>{invite.mesh_slug}</strong> as <strong>{invite.role}</strong>{" "}
              {describeEnd(invite)}, and read its group messages. How often it can be used, the list below tells.
            </p>
            <code className={classes["link"]}>{link}</code>
            <CopyButton text={link} sign="Copy" what="the link" />
          </div>
        </>
      )}
      <Button onClick={onHide}>Hide</Button>
    </div>
  );
}

/** What the link itself says; whether it is signed and still open, only who joins finds out. */
function readInvite(link: string): Invite | undefined {
  const token = parseInviteLink(link);
  const parsed = token === undefined ? undefined : parseInviteToken(token);
  return parsed?.ok === true ? parsed.invite : undefined;
}

function describeEnd({ expires_at: expiresAt }: Invite): string {
  const end = new Date(expiresAt * 1000);
  return `${end.getTime() > Date.now() ? "until" : "(it ended: ask for another)"} ${end.toLocaleString()}`;
}
