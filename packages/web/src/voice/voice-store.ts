import {
  isReadAloud,
  readVoicePreferences,
  saveReadAloud,
  saveVoicePreferences,
  type VoicePreferences,
} from "./voice-preferences.ts";

const listeners = new Set<() => void>();
let preferences: VoicePreferences | undefined;

/** How this device hears and speaks, for everything that is shown; another window of the app changes it too. */
export const voiceStore = {
  preferences: (): VoicePreferences => {
    preferences ??= readVoicePreferences(localStorage);
    return preferences;
  },
  setPreferences: (change: Partial<VoicePreferences>): void => {
    saveVoicePreferences(localStorage, { ...voiceStore.preferences(), ...change });
    changed();
  },
  isReadAloud: (sessionId: string): boolean => isReadAloud(localStorage, sessionId),
  setReadAloud: (sessionId: string, isOn: boolean): void => {
    saveReadAloud(localStorage, sessionId, isOn);
    changed();
  },
  subscribe: (listener: () => void): (() => void) => {
    if (listeners.size === 0) window.addEventListener("storage", changed);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) window.removeEventListener("storage", changed);
    };
  },
};

function changed(): void {
  preferences = undefined;
  for (const listener of listeners) listener();
}
