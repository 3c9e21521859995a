/** How this device hears and speaks; kept on it. */
export interface VoicePreferences {
  /** BCP 47; undefined: that of the browser. */
  readonly language: string | undefined;
  readonly voiceId: string | undefined;
  readonly rate: number;
}

const key = "parlatory.voice";
const readAloudKey = "parlatory.read-aloud";
const maxSessions = 200;
export const rates = { least: 0.5, most: 2, step: 0.1 } as const;

export function readVoicePreferences(storage: Storage): VoicePreferences {
  const { language, voiceId, rate } = parse(storage.getItem(key)) as Partial<Record<keyof VoicePreferences, unknown>>;
  const isRate = typeof rate === "number" && rate >= rates.least && rate <= rates.most;
  return {
    language: typeof language === "string" && language !== "" ? language : undefined,
    voiceId: typeof voiceId === "string" ? voiceId : undefined,
    rate: isRate ? rate : 1,
  };
}

export function saveVoicePreferences(storage: Storage, preferences: VoicePreferences): void {
  storage.setItem(key, JSON.stringify(preferences));
}

/** Sessions whose answers are read aloud here; none unless it was switched on. */
export function isReadAloud(storage: Storage, sessionId: string): boolean {
  return readAloudSessions(storage).includes(sessionId);
}

/** The sessions that were switched on longest ago are forgotten first. */
export function saveReadAloud(storage: Storage, sessionId: string, isOn: boolean): void {
  const others = readAloudSessions(storage).filter((other) => other !== sessionId);
  const kept = isOn ? [...others, sessionId].slice(-maxSessions) : others;
  storage.setItem(readAloudKey, JSON.stringify(kept));
}

function readAloudSessions(storage: Storage): readonly string[] {
  const read = parse(storage.getItem(readAloudKey));
  return Array.isArray(read) ? read.filter((entry) => typeof entry === "string") : [];
}

function parse(text: string | null): object {
  try {
    const read: unknown = JSON.parse(text ?? "{}");
    return typeof read === "object" && read !== null ? read : {};
  } catch {
    return {};
  }
}
