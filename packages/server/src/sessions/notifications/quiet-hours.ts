const PATTERN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;

/** A part of every day, by the clock on the wall; it may go over midnight. */
export interface QuietHours {
  /** Minutes since midnight; `from` is quiet, `to` is not any more. */
  readonly from: number;
  readonly to: number;
}

/** `22:00-07:00`; undefined for what is none. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  const hours = { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
  return hours.from === hours.to ? undefined : hours;
}

export function isQuiet({ from, to }: QuietHours, at: number, timeZone: string): boolean {
  const minute = minuteOfDay(at, timeZone);
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minuteOfDay(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const [hours = 0, minutes = 0] = format.format(at).split(":").map(Number);
  return hours * 60 + minutes;
}
