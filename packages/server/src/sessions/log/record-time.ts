const iso = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,30}))?(Z|z|[+-]\d{2}:?\d{2})?$/;

let knownDay = "";
let knownDayMs = 0;

/** Milliseconds of a time written as most are, `2026-03-01T09:00:00.000Z`, on the day that was read last. */
function usualTime(text: string): number {
  if (text.length !== 24 || !text.startsWith(knownDay) || knownDay === "") return -1;
  const isUsual = text[10] === "T" && text[13] === ":" && text[16] === ":" && text[19] === "." && text[23] === "Z";
  const hours = digits(text, 11, 13);
  const minutes = digits(text, 14, 16);
  const seconds = digits(text, 17, 19);
  const ms = digits(text, 20, 23);
  if (!isUsual || hours > 23 || minutes > 59 || seconds > 59 || ms > 999) return -1;
  return knownDayMs + ((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms;
}

/** A number; a large one for what has other characters. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    number = digit < 0 || digit > 9 ? 1_000_000 : number * 10 + digit;
  }
  return number;
}

/** Milliseconds of a foreign time ([NAME-5]): a missing fraction is padded, a longer one cut; undefined for what is none. */
export function parseRecordTime(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  const usual = usualTime(value);
  if (usual >= 0) return usual;
  const parts = iso.exec(value);
  if (parts === null) return undefined;
  const [, day = "", time = "", fraction = "", zone = "Z"] = parts;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const ms = Date.parse(
    `${day}T${time}${time.length === 5 ? ":00" : ""}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`,
  );
  // What an offset moves out of the years of four digits cannot be written as a time.
  if (Number.isNaN(ms) || ms < FIRST_MS || ms > LAST_MS) return undefined;
  const dayMs = Date.parse(day);
  if (dayMs > 0) {
    knownDay = day;
    knownDayMs = dayMs;
  }
  return ms;
}

const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
