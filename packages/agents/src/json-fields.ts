/** Reading of JSON that another program wrote: every field may be missing or of another type. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object a line holds; undefined when it holds anything else. */
export function parseRecord(line: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The objects a line holds, one or several in an array; undefined when it holds anything else [AGENT-5]. */
export function parseRecords(line: string): JsonRecord[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.length > 0 && items.every(isRecord) ? items : undefined;
  } catch {
    return undefined;
  }
}

export function recordAt(record: JsonRecord, key: string): JsonRecord {
  const value = record[key];
  return isRecord(value) ? value : {};
}

export function recordsAt(record: JsonRecord, key: string): JsonRecord[] {
  const value = record[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function textAt(record: JsonRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" ? value : undefined;
}

/** A number of something: an integer of at least 0 [ENV-9]. */
export function countAt(record: JsonRecord, key: string): number | undefined {
  const value = record[key];
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}
