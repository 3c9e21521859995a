const iso = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,30}))?(Z|z|[+-]\d{2}:?\d{2})?$/;

/** As most are written: `2026-03-01T09:00:00.000Z`. */
const usual = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Milliseconds of a foreign time ([NAME-5]): a missing fraction is padded, a longer one cut; undefined for what is none. */
export function parseRecordTime(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  if (usual.test(value)) return inRange(Date.parse(value));
  const parts = iso.exec(value);
  if (parts === null) return undefined;
  const [, day = "", time = "", fraction = "", zone = "Z"] = parts;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  return inRange(
    Date.parse(`${day}T${time}${time.length === 5 ? ":00" : ""}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`),
  );
}

/** What an offset moves out of the years of four digits cannot be written as a time. */
function inRange(ms: number): number | undefined {
  return Number.isNaN(ms) || ms < FIRST_MS || ms > LAST_MS ? undefined : ms;
}

const FIRST_MS = Date.parse("0000-01-01T00:00:00.000Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
