import { useSyncExternalStore } from "react";
import { Button } from "../design/button.tsx";
import { Field } from "../design/field.tsx";
import { Soft } from "../design/card.tsx";
import { languageChoices } from "./language-choices.ts";
import { useReader } from "./use-reader.ts";
import { useSpeech } from "./speech-context.ts";
import type { SpeechServices } from "./speech-services.ts";
import { rates } from "./voice-preferences.ts";
import { voiceStore } from "./voice-store.ts";
import classes from "./voice.module.css";

const sample = "This is how answers sound.";

/** In which language one talks, and how answers sound. What the browser lacks is said in its place. */
export function VoiceSettings() {
  const { hearing, speaking } = useSpeech();
  const { language } = useSyncExternalStore(voiceStore.subscribe, voiceStore.preferences);
  return (
    <div className={classes["settings"]}>
      {hearing === undefined ? (
        <Soft>
          This browser has no speech recognition, so there is no button to talk. Chrome, Edge and Safari have it; the
          microphone key of a phone’s keyboard works everywhere.
        </Soft>
      ) : null}
      {hearing === undefined && speaking === undefined ? null : (
        <Field
          label="Language"
          hint={
            hearing === undefined
              ? "Of what is read aloud."
              : "Of what you say and of what is read aloud. The browser may send what you say to its maker’s service to understand it."
          }
        >
          <select
            value={language ?? ""}
            onChange={(event) =>
              voiceStore.setPreferences({
                language: event.target.value === "" ? undefined : event.target.value,
                // A voice speaks one language.
                voiceId: undefined,
              })
            }
          >
            {languageChoices(navigator.language, navigator.languages).map(({ tag, label }) => (
              <option key={tag} value={tag}>
                {label}
              </option>
            ))}
          </select>
        </Field>
      )}
      {speaking === undefined ? (
        <Soft>This browser cannot speak, so answers cannot be read aloud.</Soft>
      ) : (
        <SpeakingSettings speaking={speaking} />
      )}
    </div>
  );
}

function SpeakingSettings({ speaking }: { speaking: NonNullable<SpeechServices["speaking"]> }) {
  const {
    language = navigator.language,
    voiceId,
    rate,
  } = useSyncExternalStore(voiceStore.subscribe, voiceStore.preferences);
  const reader = useReader();
  // As text, because browsers make a new list for each question.
  const known = useSyncExternalStore(
    (notify) => speaking.onVoices(notify),
    () => JSON.stringify(speaking.voices()),
  );
  const spoken = language.split("-")[0] ?? language;
  const voices = (JSON.parse(known) as ReturnType<typeof speaking.voices>).filter(
    (voice) => voice.language.replace("_", "-").split("-")[0] === spoken,
  );
  return (
    <>
      <Field
        label="Voice"
        hint={voices.length === 0 ? "The browser names no voice for this language and uses its own." : undefined}
      >
        <select
          value={voiceId ?? ""}
          onChange={(event) =>
            voiceStore.setPreferences({ voiceId: event.target.value === "" ? undefined : event.target.value })
          }
        >
          <option value="">The browser’s own choice</option>
          {voices.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      <Field label={`Speed: ${rate.toFixed(1)}`}>
        <input
          type="range"
          min={rates.least}
          max={rates.most}
          step={rates.step}
          value={rate}
          onChange={(event) => voiceStore.setPreferences({ rate: Number(event.target.value) })}
        />
      </Field>
      <div>
        <Button
          onClick={() => {
            reader?.stop();
            reader?.read(sample);
          }}
        >
          Listen to it
        </Button>
      </div>
      <Soft>Reading aloud is switched on in the menu of each session, and only what comes from then on is read.</Soft>
    </>
  );
}
