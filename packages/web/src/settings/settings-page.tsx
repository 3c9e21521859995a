import { useState } from "react";
import { Link } from "wouter";
import { Button } from "../design/button.tsx";
import { PageHead } from "../design/page-head.tsx";
import { PushSettings } from "../push/push-settings.tsx";
import { useConnection } from "../remote/use-connection.ts";
import { useRemote } from "../remote/remote-context.ts";
import { VoiceSettings } from "../voice/voice-settings.tsx";
import { AppearanceSettings } from "./appearance-settings.tsx";
import { OfflineSettings } from "./offline-settings.tsx";
import { Section } from "./section.tsx";
import classes from "./settings.module.css";
import { SignOutDialog } from "./sign-out-dialog.tsx";

/** What belongs to this browser rather than to a session. */
export function SettingsPage() {
  const { access } = useRemote();
  const connection = useConnection();
  const [isLeaving, setLeaving] = useState(false);
  const info = connection.name === "ready" ? connection.info : undefined;
  // A server that asks for no key lets everybody in again at once.
  const canSignOut = access.apiKey !== undefined;
  return (
    <>
      <PageHead title="Settings" />
      <div className={classes["sections"]}>
        <Section title="Devices">
          <p>
            The server knows this browser as “{access.deviceName}”. <Link href="/devices">All devices</Link>
          </p>
          {canSignOut ? (
            <Button onClick={() => setLeaving(true)}>Sign out</Button>
          ) : (
            <p>This server asks for no key.</p>
          )}
        </Section>
        <Section title="Notifications">
          <PushSettings />
        </Section>
        <Section title="Appearance">
          <AppearanceSettings />
        </Section>
        <Section title="Voice">
          <VoiceSettings />
        </Section>
        <Section title="Offline">
          <OfflineSettings />
        </Section>
        <Section title="About">
          <dl className={classes["facts"]}>
            <dt>Server</dt>
            <dd>{info === undefined ? "not connected" : `Parlatory ${info.serverVersion}`}</dd>
            <dt>Address</dt>
            <dd>{location.origin}</dd>
          </dl>
          <p className={classes["soft"]}>
            The command line does all of it too, where the server is: <code>parl --help</code>. What is wrong with a
            server, it tells by itself: <code>parl doctor</code>
          </p>
        </Section>
      </div>
      {isLeaving ? <SignOutDialog onClose={() => setLeaving(false)} /> : null}
    </>
  );
}
